// Devices that wait for a new desired state (long poll).
//
// Threads   any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace verge::hub {

class Wakeups {
 public:
  using Task = std::function<void()>;  // runs at most once, on the waker's thread, without locks held

  // Registers a waiter; the ticket takes it out again. A device has at most kMaxWaiters: the oldest is woken for one
  // more.
  uint64_t Add(const std::string& device, Task task);
  // Takes the waiter out without running it. False when it was woken already.
  bool Remove(const std::string& device, uint64_t ticket);
  // Runs and forgets every waiter of the device.
  void Wake(const std::string& device);

 private:
  static constexpr size_t kMaxWaiters = 2;
  struct Waiter {
    uint64_t ticket;
    Task task;
  };

  std::mutex mutex_;
  uint64_t last_ticket_ = 0;
  std::map<std::string, std::vector<Waiter>> waiters_;
};

}  // namespace verge::hub
