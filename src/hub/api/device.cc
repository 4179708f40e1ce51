// What devices call: desired state (long poll), reported state, events. Who they are comes from the certificate only.
#include <memory>

#include "hub/api/routes.h"
#include "proto/json.h"

namespace verge::hub {
namespace {

constexpr int64_t kMaxWaitS = 60;

sys::http::Response ShowDesired(Services& services, const std::string& device, int64_t known_revision) {
  const Result<proto::Desired> desired = services.store->DesiredOf(device);
  sys::http::Response response;
  if (!desired.ok()) {
    response = desired.code() == StatusCode::kNotFound
                   ? Problem(403, "this device was removed from the hub: enrol it again with a new token")
                   : ProblemOf(desired.status(), services);
  } else if (desired->revision == known_revision) {
    response = *Empty(204);
  } else {
    response = *Json(200, proto::ToJson(*desired));
  }
  response.identity = Identity{Identity::Kind::kDevice, device}.ToString();
  return response;
}

// Answers when the device is woken or the time is over, whichever comes first.
void Wait(Call& call, int64_t known_revision, int64_t wait_s) {
  Services& services = call.services;
  const std::string device = call.identity.name;
  const auto answer = [&services, device, known_revision, respond = *call.respond] {
    respond(ShowDesired(services, device, known_revision));
  };
  const uint64_t ticket = services.wakeups.Add(device, answer);
  services.after(std::chrono::seconds(wait_s), [&services, device, ticket, answer] {
    if (services.wakeups.Remove(device, ticket)) answer();
  });
}

}  // namespace

Result<Answer> GetDesired(Call& call) {
  VERGE_TRY_ASSIGN(const int64_t known, QueryInt(call, "revision", -1, 0, proto::kMaxInteger));
  VERGE_TRY_ASSIGN(const int64_t wait_s, QueryInt(call, "wait", 0, 0, kMaxWaitS));
  const std::string& device = call.identity.name;
  VERGE_TRY(call.store().TouchDevice(device, call.services.NowMs()));
  sys::http::Response now = ShowDesired(call.services, device, known);
  if (now.status != 204 || wait_s == 0) return Answer(std::move(now));
  Wait(call, known, wait_s);
  // A change between the look above and the registration woke nobody: look again. The first answer counts.
  now = ShowDesired(call.services, device, known);
  if (now.status != 204) return Answer(std::move(now));
  return Answer();
}

Result<Answer> PutReported(Call& call) {
  VERGE_TRY_ASSIGN(const proto::Reported reported, proto::ParseReported(call.request.body));
  VERGE_TRY(call.store().SaveReport(call.identity.name, reported, call.services.NowMs()));
  return Empty(204);
}

Result<Answer> PostEvents(Call& call) {
  VERGE_TRY_ASSIGN(const proto::EventBatch batch, proto::ParseEventBatch(call.request.body));
  VERGE_TRY(call.store().TouchDevice(call.identity.name, call.services.NowMs()));
  proto::EventsAnswer answer;
  answer.acknowledged.epoch = batch.epoch;
  VERGE_TRY_ASSIGN(answer.acknowledged.seq, call.store().AddEvents(call.identity.name, batch, call.services.NowMs()));
  return Json(200, proto::ToJson(answer));
}

}  // namespace verge::hub
