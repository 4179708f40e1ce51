// What is seen of a value while samples run: its extremes, and how often each part of its range occurs.
//
// The histogram has a fixed number of equal bins over [-limit, limit]. `limit` is a power of two that grows with what
// is seen: when it doubles, neighbouring bins are added, so the result doesn't depend on how values are split into
// calls. Zeros are counted apart: every quantisation here holds them exactly, and rectified values are full of them.
//
// Memory    32 KiB a value
// Threads   a plain value: one writer
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "quant/activations.h"
#include "quant/quantize.h"

namespace verge::quant {

class Histogram {
 public:
  static constexpr size_t kBins = 4096;

  void Add(std::span<const float> values);

  // Of the finite values; 0 when there were none.
  float lo() const { return count_ == 0 ? 0 : lo_; }
  float hi() const { return count_ == 0 ? 0 : hi_; }
  uint64_t count() const { return count_; }  // of finite values, zeros too
  uint64_t zeros() const { return zeros_; }
  uint64_t not_finite() const { return not_finite_; }
  // Bin i holds the values other than 0 in [edge(i), edge(i + 1)). All are empty while limit() is 0.
  double limit() const { return limit_; }
  std::span<const uint64_t> bins() const { return bins_; }
  double edge(size_t i) const { return limit_ * (static_cast<double>(i) / (kBins / 2) - 1); }

  // The share of the finite values outside of [lo, hi], to the accuracy of a bin.
  double ShareOutside(double lo, double hi) const;

 private:
  void Grow(double largest);

  float lo_ = 0, hi_ = 0;
  uint64_t count_ = 0, zeros_ = 0, not_finite_ = 0;
  double limit_ = 0;
  std::vector<uint64_t> bins_ = std::vector<uint64_t>(kBins, 0);
};

// Runs all samples through `graph` and gives one histogram a watched value, which are of f32 and not constant.
Result<std::vector<Histogram>> Observe(const ir::Graph& graph, Activations& activations,
                                       std::span<const ir::ValueId> watched, const ProgressSeen& progress);

}  // namespace verge::quant
