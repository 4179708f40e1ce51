#include "agent/app_runner.h"

#include <utility>

#include "agent/log.h"

namespace verge::agent {
namespace {

constexpr int64_t kStartLimitMs = 120'000;  // from exec to "ready": loading a large model on a slow disk
constexpr int64_t kCalmMs = 60'000;         // having run for so long, the next crash starts with the short wait again

}  // namespace

AppRunner::AppRunner(Prepare prepare, Drain drain, const sys::Clock& clock)
    : prepare_(std::move(prepare)), drain_(std::move(drain)), clock_(clock), backoff_(500, 60'000) {}

void AppRunner::Want(const std::optional<RunSpec>& spec) {
  if (spec == wanted_) return;
  wanted_ = spec;
  finished_ = false;
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
      process_->Stop();
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
  Log("started " + wanted_->app + ":" + std::to_string(wanted_->version) + " from slot " + wanted_->slot);
}

void AppRunner::OnEnded(const sys::ExitStatus& status) {
  const std::unique_ptr<RunnerProcess> ended = std::move(process_);
  if (Status drained = drain_(*ended); !drained.ok()) Log(ended->spec().app + ": " + drained.ToString());
  const bool was_wanted = wanted_ && ended->spec() == *wanted_ && !ended->is_stopping();
  if (!was_wanted) return;
  if (status.success() && ended->has_finished()) {
    finished_ = true;
    Log(wanted_->app + " came to the end of its source");
    return;
  }
  if (clock_.MonotonicMs() - ended->start_ms() > kCalmMs) backoff_.Reset();
  Crashed(sys::ToString(status) + (ended->error().empty() ? "" : ": " + ended->error()));
}

void AppRunner::CheckSigns() {
  if (process_->heartbeat()) last_heartbeat_ = process_->heartbeat();
  const int64_t now = clock_.MonotonicMs();
  if (process_->is_ready()) {
    if (now - process_->alive_ms() <= limits_.heartbeat_ms) return;
    Crashed("no heartbeat for " + std::to_string(limits_.heartbeat_ms) + " ms");
  } else {
    if (now - process_->start_ms() <= kStartLimitMs) return;
    Crashed("not ready after " + std::to_string(kStartLimitMs) + " ms");
  }
  process_.reset();  // kills and reaps
}

void AppRunner::Crashed(const std::string& why) {
  if (trouble_.empty()) trouble_ = "version " + std::to_string(wanted_->version) + " " + why;
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
  if (!trouble_.empty()) return false;
  if (finished_) return true;
  return is_healthy() && clock_.MonotonicMs() - process_->ready_ms() >= limits_.soak_ms;
}

}  // namespace verge::agent
