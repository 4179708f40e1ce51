// What a rule may know of numbers that change over time: the last value of each channel, its age, and what it was over
// windows of time.
//
// Missing   a value that never came, or is older than `stale_after`, is NaN: every comparison with it is false but !=.
//           Setting a NaN is no news: the last value stays and ages.
// Windows   a window of length d is kept as kBuckets steps of d / kBuckets each, so its memory does not depend on how
//           fast values come; it reaches back at least d * (kBuckets - 1) / kBuckets and at most d.
// Memory    WindowBytes() a window, 16 bytes a channel; all taken by the constructor.
// Exact     sums are of doubles in the order the values came: the same values at the same times give the same bits.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace verge::runner::rules {

// A channel over the last `length_us`.
struct Window {
  size_t channel = 0;
  int64_t length_us = 0;
  bool operator==(const Window&) const = default;
};

class Channels {
 public:
  static constexpr int64_t kBuckets = 64;

  // `stale_us` 0: values never grow too old.
  Channels(size_t count, const std::vector<Window>& windows, int64_t stale_us);

  // Time never goes back; Set is at the time of the last Advance.
  void Advance(int64_t media_us);
  void Set(size_t channel, double value);

  double Value(size_t channel) const;
  // Seconds since the last value; since the first Advance when there was none.
  double AgeS(size_t channel) const;

  // Of the values in a window: their number; NaN without any: mean, least, largest, last minus first.
  double Count(size_t window) const;
  double Mean(size_t window) const;
  double Min(size_t window) const;
  double Max(size_t window) const;
  double Change(size_t window) const;

  static size_t WindowBytes();

 private:
  struct Bucket {
    int64_t step = -1;  // which step of time it holds
    int64_t count = 0;
    double sum = 0;
    double min = 0;
    double max = 0;
    double first = 0;
  };
  struct WindowState {
    size_t channel = 0;
    int64_t step_us = 1;
    int64_t step = 0;             // the present one
    std::vector<Bucket> buckets;  // of step s at s % kBuckets
    Bucket closed;                // all steps of the window but the present one, put together
  };
  struct Channel {
    double value;
    int64_t since_us;
  };

  static void Add(Bucket& into, const Bucket& more);
  static void MoveTo(WindowState& window, int64_t step);
  Bucket All(size_t window) const;

  std::vector<Channel> channels_;
  std::vector<WindowState> windows_;
  int64_t stale_us_;
  int64_t now_us_ = 0;
  bool has_begun_ = false;
};

}  // namespace verge::runner::rules
