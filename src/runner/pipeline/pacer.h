// Lets media time of a recording pass as fast as the clock does.
//
// Threads   one waits; Stop may come from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace verge::runner::pipeline {

class Pacer {
 public:
  // The first call sets the clock. False when stopped meanwhile.
  bool WaitUntil(int64_t media_us) {
    std::unique_lock lock(mutex_);
    if (!start_) start_ = std::chrono::steady_clock::now() - std::chrono::microseconds(media_us);
    return !stopped_.wait_until(lock, *start_ + std::chrono::microseconds(media_us), [this] { return is_stopping_; });
  }
  bool is_stopping() const {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
  }
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    stopped_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  std::optional<std::chrono::steady_clock::time_point> start_;
  bool is_stopping_ = false;
};

}  // namespace verge::runner::pipeline
