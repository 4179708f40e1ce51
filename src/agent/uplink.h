// The agent's talk with its hub, on two threads: one long-polls the desired state, one uploads events and reports.
//
// Neither ever gives up; both wait with Backoff while the hub is away. What they learn goes to the loop by callback.
// Lifetime  Stop (or the destructor) cancels requests under way and joins both threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/identity.h"
#include "agent/outbox.h"
#include "base/status.h"
#include "proto/device.h"
#include "sys/http/client.h"

namespace verge::agent {

// A client with this device's certificate.
Result<std::unique_ptr<sys::http::Client>> OpenHubClient(const Identity& identity);

class Uplink {
 public:
  // Called on the polling thread.
  using OnDesired = std::function<void(proto::Desired)>;
  // `outbox` is the uploader's own object. `identity` outlives the uplink.
  static Result<std::unique_ptr<Uplink>> Start(const Identity& identity, Outbox outbox, OnDesired on_desired);
  ~Uplink();

  // There is something new: events in the outbox, or another report. Any thread.
  void EventsWaiting();
  void SetReport(const proto::Reported& report);
  void Stop();

 private:
  Uplink(Outbox outbox, OnDesired on_desired) : outbox_(std::move(outbox)), on_desired_(std::move(on_desired)) {}
  void PollLoop();
  void UploadLoop();
  Result<std::optional<proto::Desired>> PollOnce(int64_t revision);
  Status UploadOnce(bool report_is_due);
  Status UploadEvents();
  // False when stopped meanwhile.
  bool Sleep(int64_t ms);

  Outbox outbox_;
  OnDesired on_desired_;
  std::unique_ptr<sys::http::Client> poll_client_;
  std::unique_ptr<sys::http::Client> upload_client_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool work_waiting_ = true;
  bool report_changed_ = false;
  std::optional<proto::Reported> report_;
  std::thread poll_thread_;
  std::thread upload_thread_;
};

}  // namespace verge::agent
