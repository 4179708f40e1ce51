// Time as the rest of the project sees it; tests pass a FakeClock.
#pragma once

#include <cstdint>

namespace verge::sys {

class Clock {
 public:
  virtual ~Clock() = default;
  // Never goes back, says nothing about the date: for durations and time-outs.
  virtual int64_t MonotonicMs() const = 0;
  // Milliseconds since 1970 (UTC); may jump: for records and certificates only.
  virtual int64_t WallMs() const = 0;
};

// The system's clocks. Stateless.
class SystemClock final : public Clock {
 public:
  int64_t MonotonicMs() const override;
  int64_t WallMs() const override;
};

// Stands still until told otherwise. Not thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}
  int64_t MonotonicMs() const override { return monotonic_ms_; }
  int64_t WallMs() const override { return wall_ms_; }
  // Time passes: both clocks move.
  void Advance(int64_t ms) {
    monotonic_ms_ += ms;
    wall_ms_ += ms;
  }
  // Somebody sets the date: only the wall clock jumps.
  void JumpWall(int64_t ms) { wall_ms_ += ms; }

 private:
  int64_t monotonic_ms_ = 1000;
  int64_t wall_ms_;
};

}  // namespace verge::sys
