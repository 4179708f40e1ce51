#include "agent/uplink.h"

#include <chrono>
#include <utility>

#include "agent/backoff.h"
#include "agent/log.h"

namespace verge::agent {
namespace {

using sys::http::ClientRequest;
using sys::http::ClientResponse;
using sys::http::Method;

constexpr int64_t kPollWaitS = 30;
constexpr int64_t kReportEveryMs = 10'000;  // also how the hub knows that the device is there
constexpr int64_t kFirstWaitMs = 250;
constexpr int64_t kMaxWaitMs = 30'000;

ClientRequest JsonRequest(Method method, const char* target, std::string body) {
  ClientRequest request;
  request.method = method;
  request.target = target;
  request.headers.Set("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

}  // namespace

Result<std::unique_ptr<sys::http::Client>> OpenHubClient(const Identity& identity) {
  sys::http::ClientConfig config;
  config.url = identity.hub;
  config.ca_pem = identity.ca_pem;
  config.certificate_pem = identity.certificate_pem;
  config.key_pem = identity.key_pem;
  return sys::http::Client::Open(config);
}

Result<std::unique_ptr<Uplink>> Uplink::Start(const Identity& identity, Outbox outbox, OnDesired on_desired) {
  std::unique_ptr<Uplink> out(new Uplink(std::move(outbox), std::move(on_desired)));
  VERGE_TRY_ASSIGN(out->poll_client_, OpenHubClient(identity));
  VERGE_TRY_ASSIGN(out->upload_client_, OpenHubClient(identity));
  out->poll_thread_ = std::thread([self = out.get()] { self->PollLoop(); });
  out->upload_thread_ = std::thread([self = out.get()] { self->UploadLoop(); });
  return out;
}

Uplink::~Uplink() { Stop(); }

void Uplink::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (poll_client_) poll_client_->Cancel();
  if (upload_client_) upload_client_->Cancel();
  if (poll_thread_.joinable()) poll_thread_.join();
  if (upload_thread_.joinable()) upload_thread_.join();
}

void Uplink::EventsWaiting() {
  {
    const std::lock_guard lock(mutex_);
    work_waiting_ = true;
  }
  wake_.notify_all();
}

void Uplink::SetReport(const proto::Reported& report) {
  {
    const std::lock_guard lock(mutex_);
    report_ = report;
    report_changed_ = true;
  }
  wake_.notify_all();
}

bool Uplink::Sleep(int64_t ms) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping_; });
  return !stopping_;
}

Result<std::optional<proto::Desired>> Uplink::PollOnce(int64_t revision) {
  ClientRequest request;
  request.target =
      "/api/v1/device/desired?revision=" + std::to_string(revision) + "&wait=" + std::to_string(kPollWaitS);
  request.answer_timeout = std::chrono::seconds(kPollWaitS + 15);
  VERGE_TRY_ASSIGN(const ClientResponse answer, sys::http::SendOk(*poll_client_, request));
  if (answer.status == 204) return std::optional<proto::Desired>();
  VERGE_TRY_ASSIGN(proto::Desired desired, proto::ParseDesired(answer.body));
  return std::optional<proto::Desired>(std::move(desired));
}

void Uplink::PollLoop() {
  Backoff backoff(kFirstWaitMs, kMaxWaitMs);
  int64_t revision = 0;  // the hub answers at once when its own differs
  bool was_away = false;
  while (true) {
    Result<std::optional<proto::Desired>> desired = PollOnce(revision);
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (!desired.ok()) {
      if (!was_away) Log("the hub is away, apps go on: " + desired.status().ToString());
      was_away = true;
      if (!Sleep(backoff.NextMs())) return;
      continue;
    }
    if (was_away) {
      Log("the hub is back");
      EventsWaiting();
    }
    was_away = false;
    backoff.Reset();
    if (!*desired) continue;
    // A hub that keeps answering at once with the same revision must not make us spin.
    const bool is_same = (*desired)->revision == revision;
    revision = (*desired)->revision;
    on_desired_(std::move(**desired));
    if (is_same && !Sleep(1000)) return;
  }
}

Status Uplink::UploadEvents() {
  while (true) {
    VERGE_TRY_ASSIGN(const proto::EventBatch batch, outbox_.NextBatch());
    if (batch.events.empty()) return Status::Ok();
    VERGE_TRY_ASSIGN(
        const ClientResponse answer,
        sys::http::SendOk(*upload_client_, JsonRequest(Method::kPost, "/api/v1/device/events", proto::ToJson(batch))));
    VERGE_TRY_ASSIGN(const proto::EventsAnswer ack, proto::ParseEventsAnswer(answer.body));
    // A hub may not make us forget what we did not send.
    const bool is_ours = ack.acknowledged.epoch == batch.epoch && ack.acknowledged.seq <= batch.events.back().seq;
    if (!is_ours) return VERGE_ERROR(kDataLoss, "the hub acknowledged events that were not sent");
    if (ack.acknowledged.seq < batch.events.front().seq) {
      return VERGE_ERROR(kUnavailable, "the hub acknowledged none of the events that were sent");
    }
    VERGE_TRY(outbox_.Acknowledge(ack.acknowledged.epoch, ack.acknowledged.seq));
  }
}

Status Uplink::UploadOnce(bool report_is_due) {
  VERGE_TRY(UploadEvents());
  std::optional<proto::Reported> report;
  {
    const std::lock_guard lock(mutex_);
    if (!report_ || (!report_changed_ && !report_is_due)) return Status::Ok();
    report = report_;
    report_changed_ = false;
  }
  VERGE_TRY_ASSIGN(report->outbox, outbox_.State());
  Status sent =
      sys::http::SendOk(*upload_client_, JsonRequest(Method::kPut, "/api/v1/device/reported", proto::ToJson(*report)))
          .status();
  if (!sent.ok()) {
    const std::lock_guard lock(mutex_);
    report_changed_ = true;
  }
  return sent;
}

void Uplink::UploadLoop() {
  Backoff backoff(kFirstWaitMs, kMaxWaitMs);
  while (true) {
    bool is_timeout = false;
    {
      std::unique_lock lock(mutex_);
      is_timeout = !wake_.wait_for(lock, std::chrono::milliseconds(kReportEveryMs),
                                   [this] { return stopping_ || work_waiting_ || report_changed_; });
      if (stopping_) return;
      work_waiting_ = false;
    }
    const Status uploaded = UploadOnce(is_timeout);
    if (uploaded.ok()) {
      backoff.Reset();
      continue;
    }
    const bool is_network = uploaded.code() == StatusCode::kUnavailable || uploaded.code() == StatusCode::kCancelled;
    if (!is_network) Log("upload: " + uploaded.ToString());
    if (!Sleep(backoff.NextMs())) return;
    EventsWaiting();
  }
}

}  // namespace verge::agent
