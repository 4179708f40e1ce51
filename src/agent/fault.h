// Power cuts on demand: tests name a durable write and the process kills itself right before or right after it.
#pragma once

#include <atomic>
#include <string_view>

#include "base/status.h"

namespace verge::agent {

// Every durable write of an update passes through one of these. Threads: any.
class FaultPoint {
 public:
  FaultPoint() = default;  // never fires
  // "before:N" or "after:N", N counting from 1; "" never fires. kInvalidArgument for anything else.
  static Result<FaultPoint> Parse(std::string_view text);
  FaultPoint(const FaultPoint& other) : at_(other.at_), is_before_(other.is_before_) {}
  FaultPoint& operator=(const FaultPoint&) = delete;

  // Runs the write `fn`, which returns a Status.
  template <typename Fn>
  Status Write(Fn fn) {
    const int number = ++count_;
    if (number == at_ && is_before_) Die();
    Status status = fn();
    if (number == at_ && !is_before_) Die();
    return status;
  }
  int count() const { return count_; }

 private:
  [[noreturn]] static void Die();

  std::atomic<int> count_{0};
  int at_ = 0;
  bool is_before_ = false;
};

}  // namespace verge::agent
