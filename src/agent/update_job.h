// The long steps of an update, off the loop: one job at a time on a worker thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "agent/fault.h"
#include "agent/identity.h"
#include "agent/machine.h"
#include "agent/mailbox.h"
#include "agent/throttle.h"
#include "agent/trust.h"
#include "base/status.h"
#include "proto/device.h"
#include "sys/http/client.h"

namespace verge::agent {

// What a step needs to know.
struct UpdateJob {
  UpdateState step = UpdateState::kIdle;  // Downloading, Verifying, Installing or Proving
  proto::DesiredApp target;
  std::string slot;
};

class UpdateWorker {
 public:
  // All borrowed; they outlive the worker.
  UpdateWorker(const Identity& identity, const StatePaths& paths, std::string runner_path, FaultPoint& fault,
               Mailbox& mailbox, int64_t slow_after_ms, int64_t max_download_bytes_per_s)
      : identity_(identity),
        paths_(paths),
        runner_path_(std::move(runner_path)),
        fault_(fault),
        mailbox_(mailbox),
        slow_after_ms_(slow_after_ms),
        trust_(paths, identity.device_id, fault),
        throttle_(max_download_bytes_per_s) {}
  ~UpdateWorker();

  bool is_busy() const { return thread_.joinable(); }
  // Only when not busy. `done` runs on the loop with the outcome.
  void Start(const UpdateJob& job, std::function<void(Status)> done);
  // The job ends early, with kCancelled where it can.
  void Cancel();

 private:
  Status Run(const UpdateJob& job);
  Status RunFetch(const UpdateJob& job);

  const Identity& identity_;
  const StatePaths& paths_;
  std::string runner_path_;
  FaultPoint& fault_;
  Mailbox& mailbox_;
  int64_t slow_after_ms_;
  Trust trust_;  // of the running job
  Throttle throttle_;
  std::thread thread_;
  std::atomic<bool> cancelled_{false};
  std::mutex client_mutex_;
  sys::http::Client* client_ = nullptr;  // of the download under way, for Cancel
};

}  // namespace verge::agent
