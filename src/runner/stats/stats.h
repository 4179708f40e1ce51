// How often an element ran, what was dropped before it, and how long it took.
//
// Latency   a histogram of 16 steps to each doubling of microseconds: a quantile is its step's upper edge, so at most
//           6.25 % too high. Memory is fixed however long the run.
// Threads   one writer, any number of readers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace verge::runner {

class LatencyHistogram {
 public:
  void Add(int64_t us);
  // Smallest step that holds at least `q` (0..1) of all values; 0 when there are none.
  int64_t Quantile(double q) const;
  uint64_t count() const { return count_; }
  int64_t max_us() const { return max_us_; }

 private:
  static constexpr int kSteps = 16;
  static constexpr int kDoublings = 40;
  static size_t BucketOf(int64_t us);
  static int64_t UpperEdge(size_t bucket);

  std::array<uint64_t, kSteps*(kDoublings + 1)> buckets_{};
  uint64_t count_ = 0;
  int64_t max_us_ = 0;
};

// A copy of an element's numbers.
struct ElementStats {
  std::string id;
  std::string type;
  uint64_t count = 0;
  uint64_t drops = 0;
  int64_t p50_us = 0;
  int64_t p99_us = 0;
  int64_t max_us = 0;
  int64_t age_p50_us = 0;  // from the source's giving it to this element's being done with it
  int64_t age_p99_us = 0;
};

class StatsCell {
 public:
  // How long the element took, and how old what it worked on was afterwards.
  void AddRun(int64_t us, int64_t age_us) {
    const std::lock_guard lock(mutex_);
    latency_.Add(us);
    age_.Add(age_us);
  }
  void AddDrops(uint64_t drops) {
    const std::lock_guard lock(mutex_);
    drops_ += drops;
  }
  ElementStats Snapshot() const;

 private:
  mutable std::mutex mutex_;
  LatencyHistogram latency_;
  LatencyHistogram age_;
  uint64_t drops_ = 0;
};

}  // namespace verge::runner
