// Keeps the wanted version of one app running: starts, restarts with backoff, notices when it hangs, switches versions.
//
// Level-triggered: Want says what should run, Tick brings it about a step at a time. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/backoff.h"
#include "agent/quality_gate.h"
#include "agent/runner_process.h"
#include "base/status.h"
#include "sys/clock/clock.h"

namespace verge::agent {

// What app.yaml of a slot asks of its supervisor.
struct HealthLimits {
  int64_t heartbeat_ms = 10'000;
  int64_t soak_ms = 3'000;
  int64_t gate_wait_ms = 60'000;
  std::vector<std::string> gates;  // names of the monitors that can roll it back
};

class AppRunner {
 public:
  // Makes the command line and the limits of a version; may fail when its files are damaged.
  using Prepare = std::function<Result<RunCommand>(const RunSpec&, HealthLimits&)>;
  // Called with a process that has ended, for what it still said; the process stays valid meanwhile.
  using Drain = std::function<Status(RunnerProcess&)>;
  // Called when a wanted version ended or was ended, with the reason.
  using Notice = std::function<void(const RunSpec&, const std::string&)>;
  AppRunner(Prepare prepare, Drain drain, Notice notice, const sys::Clock& clock);

  // Empty: nothing should run. `is_urgent`: what runs now is bad and gets little time to end.
  void Want(const std::optional<RunSpec>& spec, bool is_urgent = false);
  void Tick();

  // The process to poll; null when none runs.
  RunnerProcess* process() { return process_.get(); }
  // A broken protocol: kill it and count it as a crash.
  void OnProtocolError(const Status& error);

  // True when the wanted version runs, is ready and gave a sign of life in time; or ended by itself with success.
  bool is_healthy() const;
  // Healthy without a break for the time that its app.yaml asks for, and each of its gates has seen a good window.
  bool has_soaked() const;
  // Why the wanted version counts as bad since it was wanted; "" while it does not.
  const std::string& trouble() const { return trouble_; }
  // When that was first known, by the monotonic clock.
  int64_t trouble_ms() const { return trouble_ms_; }
  bool is_idle() const { return process_ == nullptr; }
  const std::optional<RunSpec>& wanted() const { return wanted_; }
  const std::optional<proto::Heartbeat>& heartbeat() const { return last_heartbeat_; }

 private:
  void StartWanted();
  void OnEnded(const sys::ExitStatus& status);
  void CheckSigns();
  void CheckQuality();
  void Crashed(const std::string& why);
  void Blame(const std::string& why);
  bool RunsWanted() const { return process_ && wanted_ && process_->spec() == *wanted_ && !process_->is_stopping(); }

  Prepare prepare_;
  Drain drain_;
  Notice notice_;
  const sys::Clock& clock_;
  std::optional<RunSpec> wanted_;
  HealthLimits limits_;
  std::unique_ptr<RunnerProcess> process_;
  Backoff backoff_;
  int64_t start_at_ms_ = 0;
  bool finished_ = false;  // the wanted version came to the end of its source
  bool is_urgent_ = false;
  QualityGate gate_;
  std::string trouble_;
  int64_t trouble_ms_ = 0;
  std::optional<proto::Heartbeat> last_heartbeat_;
};

}  // namespace verge::agent
