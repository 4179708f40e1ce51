#include "agent/app_runner.h"

#include <utility>

#include "agent/log.h"

namespace verge::agent {
namespace {

constexpr int64_t kStartLimitMs = 120'000;  // from exec to "ready": loading a large model on a slow disk
constexpr int64_t kStopMs = 3000;           // after "stop": 2 s to finish and 1 s for acknowledgements
constexpr int64_t kUrgentStopMs = 1000;     // the same for a bad version, whose predecessor waits
constexpr int64_t kCalmMs = 60'000;         // having run for so long, the next crash starts with the short wait again

}  // namespace

AppRunner::AppRunner(Prepare prepare, Drain drain, Notice notice, const sys::Clock& clock)
    : prepare_(std::move(prepare)),
      drain_(std::move(drain)),
      notice_(std::move(notice)),
      clock_(clock),
      backoff_(500, 60'000) {}

void AppRunner::Want(const std::optional<RunSpec>& spec, bool is_urgent) {
  if (spec == wanted_) return;
  wanted_ = spec;
  finished_ = false;
  is_urgent_ = is_urgent;
  gate_.Reset({});
  trouble_.clear();
  last_heartbeat_.reset();
  backoff_.Reset();
  start_at_ms_ = 0;
}

void AppRunner::Tick() {
  if (process_) {
    const Result<std::optional<sys::ExitStatus>> ended = process_->Poll();
    if (ended.ok() && *ended) {
      OnEnded(**ended);
    } else if (!RunsWanted()) {
      process_->Stop(is_urgent_ ? kUrgentStopMs : kStopMs);
    } else {
      CheckSigns();
    }
    return;
  }
  if (wanted_ && !finished_ && clock_.MonotonicMs() >= start_at_ms_) StartWanted();
}

void AppRunner::StartWanted() {
  Result<RunCommand> command = prepare_(*wanted_, limits_);
  if (!command.ok()) return Crashed("cannot start: " + std::string(command.status().message()));
  Result<std::unique_ptr<RunnerProcess>> started = RunnerProcess::Start(*wanted_, *command, clock_);
  if (!started.ok()) return Crashed("cannot start: " + std::string(started.status().message()));
  process_ = std::move(started).value();
  gate_.Reset(limits_.gates);
  Log("started " + wanted_->app + ":" + std::to_string(wanted_->version) + " from slot " + wanted_->slot);
}

void AppRunner::OnEnded(const sys::ExitStatus& status) {
  const std::unique_ptr<RunnerProcess> ended = std::move(process_);
  if (Status drained = drain_(*ended); !drained.ok()) Log(ended->spec().app + ": " + drained.ToString());
  const bool was_wanted = wanted_ && ended->spec() == *wanted_ && !ended->is_stopping();
  if (!was_wanted) return;
  for (const proto::QualityReport& report : ended->TakeQuality()) gate_.Hear(report);
  if (!gate_.trouble().empty()) Blame(gate_.trouble());
  if (status.success() && ended->has_finished()) {
    finished_ = true;
    if (!gate_.Missing().empty()) Blame("its source ended before a window of: " + gate_.Missing());
    Log(wanted_->app + " came to the end of its source");
    return;
  }
  if (clock_.MonotonicMs() - ended->start_ms() > kCalmMs) backoff_.Reset();
  Crashed(sys::ToString(status) + (ended->error().empty() ? "" : ": " + ended->error()));
}

void AppRunner::CheckSigns() {
  if (!process_->unstored().empty()) return;  // it is we who do not listen
  if (process_->heartbeat()) last_heartbeat_ = process_->heartbeat();
  const int64_t now = clock_.MonotonicMs();
  if (process_->is_ready()) {
    if (now - process_->alive_ms() <= limits_.heartbeat_ms) return CheckQuality();
    Crashed("no heartbeat for " + std::to_string(limits_.heartbeat_ms) + " ms");
  } else {
    if (now - process_->start_ms() <= kStartLimitMs) return;
    Crashed("not ready after " + std::to_string(kStartLimitMs) + " ms");
  }
  process_.reset();  // kills and reaps
}

void AppRunner::CheckQuality() {
  for (const proto::QualityReport& report : process_->TakeQuality()) gate_.Hear(report);
  if (!gate_.trouble().empty()) return Blame(gate_.trouble());
  const bool is_late = clock_.MonotonicMs() - process_->ready_ms() >= limits_.soak_ms + limits_.gate_wait_ms;
  if (is_late && !gate_.Missing().empty()) {
    Blame("no window within " + std::to_string((limits_.soak_ms + limits_.gate_wait_ms) / 1000) +
          " s of: " + gate_.Missing());
  }
}

void AppRunner::Blame(const std::string& why) {
  if (!trouble_.empty()) return;
  trouble_ = "version " + std::to_string(wanted_->version) + " " + why;
  trouble_ms_ = clock_.MonotonicMs();
}

void AppRunner::Crashed(const std::string& why) {
  Blame(why);
  notice_(*wanted_, why);
  const int64_t wait = backoff_.NextMs();
  start_at_ms_ = clock_.MonotonicMs() + wait;
  Log(wanted_->app + ": " + why + "; next start in " + std::to_string(wait) + " ms");
}

void AppRunner::OnProtocolError(const Status& error) {
  Log(process_->spec().app + ": " + error.ToString());
  const bool counts = RunsWanted();
  process_.reset();
  if (counts) Crashed("broke the protocol: " + std::string(error.message()));
}

bool AppRunner::is_healthy() const { return finished_ || (RunsWanted() && process_->is_ready()); }

bool AppRunner::has_soaked() const {
  if (!trouble_.empty() || !gate_.Missing().empty()) return false;
  if (finished_) return true;
  return is_healthy() && clock_.MonotonicMs() - process_->ready_ms() >= limits_.soak_ms;
}

}  // namespace verge::agent
