#include "runner/stats/stats.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace verge::runner {

// Values below kSteps have a bucket each; above, the leading bit chooses the doubling and the next four the step.
size_t LatencyHistogram::BucketOf(int64_t us) {
  const uint64_t value = us < 0 ? 0 : static_cast<uint64_t>(us);
  if (value < kSteps) return static_cast<size_t>(value);
  const int doubling = static_cast<int>(std::bit_width(value)) - 5;  // value >> doubling lies in [16, 32)
  const size_t step = static_cast<size_t>((value >> doubling) - kSteps);
  return std::min(static_cast<size_t>(kSteps) * static_cast<size_t>(doubling + 1) + step,
                  size_t{kSteps * (kDoublings + 1)} - 1);
}

int64_t LatencyHistogram::UpperEdge(size_t bucket) {
  if (bucket < kSteps) return static_cast<int64_t>(bucket);
  const size_t doubling = bucket / kSteps - 1;
  const uint64_t step = kSteps + bucket % kSteps;
  return static_cast<int64_t>(((step + 1) << doubling) - 1);
}

void LatencyHistogram::Add(int64_t us) {
  ++buckets_[BucketOf(us)];
  ++count_;
  max_us_ = std::max(max_us_, us);
}

int64_t LatencyHistogram::Quantile(double q) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<uint64_t>(wanted, 1)) return std::min(UpperEdge(i), max_us_);
  }
  return max_us_;
}

ElementStats StatsCell::Snapshot() const {
  const std::lock_guard lock(mutex_);
  ElementStats stats;
  stats.count = latency_.count();
  stats.drops = drops_;
  stats.p50_us = latency_.Quantile(0.5);
  stats.p99_us = latency_.Quantile(0.99);
  stats.max_us = latency_.max_us();
  stats.age_p50_us = age_.Quantile(0.5);
  stats.age_p99_us = age_.Quantile(0.99);
  return stats;
}

}  // namespace verge::runner
