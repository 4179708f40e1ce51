#include "hub/wakeups.h"

#include <algorithm>
#include <utility>

namespace verge::hub {

uint64_t Wakeups::Add(const std::string& device, Task task) {
  Task evicted;
  uint64_t ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    std::vector<Waiter>& waiters = waiters_[device];
    if (waiters.size() >= kMaxWaiters) {
      evicted = std::move(waiters.front().task);
      waiters.erase(waiters.begin());
    }
    ticket = ++last_ticket_;
    waiters.push_back({ticket, std::move(task)});
  }
  if (evicted) evicted();
  return ticket;
}

bool Wakeups::Remove(const std::string& device, uint64_t ticket) {
  Task removed;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto it = waiters_.find(device);
  if (it == waiters_.end()) return false;
  const auto waiter =
      std::find_if(it->second.begin(), it->second.end(), [&](const Waiter& w) { return w.ticket == ticket; });
  if (waiter == it->second.end()) return false;
  removed = std::move(waiter->task);
  it->second.erase(waiter);
  if (it->second.empty()) waiters_.erase(it);
  return true;
}

void Wakeups::Wake(const std::string& device) {
  std::vector<Waiter> woken;
  {
    const std::lock_guard lock(mutex_);
    const auto it = waiters_.find(device);
    if (it == waiters_.end()) return;
    woken = std::move(it->second);
    waiters_.erase(it);
  }
  for (const Waiter& waiter : woken) waiter.task();
}

}  // namespace verge::hub
