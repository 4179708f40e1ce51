// Real numbers that are multiples of a step with 8-bit integers: the weights of models that carry their quantisation in
// pairs of nodes (QDQ).
//
// Threads   pure functions
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace verge::ops {

// The step of which all numbers are multiples, the finest of at most `most_steps` to the largest; 1 when all are 0; 0:
// there is none. Numbers that were 8-bit integers times a step in f32 are 1e-5 of a step away at most.
inline double ByteGridStep(std::span<const float> numbers, int32_t most_steps) {
  constexpr double kNearWhole = 1e-4;
  double largest = 0;
  for (const float v : numbers) largest = std::max(largest, std::abs(static_cast<double>(v)));
  if (largest == 0) return 1;
  if (!std::isfinite(largest)) return 0;
  for (int32_t steps = most_steps; steps > 0; --steps) {
    const double step = largest / steps;
    const bool fits = std::all_of(numbers.begin(), numbers.end(), [&](float v) {
      const double whole = static_cast<double>(v) / step;
      return std::abs(whole - std::round(whole)) <= kNearWhole;
    });
    if (fits) return step;
  }
  return 0;
}

// Whether the first of `count` channels of `size` numbers that is not all zeros lies on such a grid, of
// unsigned bytes with a zero point at most.
inline bool IsOnByteGrid(const float* channels, size_t count, size_t size) {
  for (size_t c = 0; c < count; ++c) {
    const std::span<const float> channel(channels + c * size, size);
    if (std::any_of(channel.begin(), channel.end(), [](float v) { return v != 0; }))
      return ByteGridStep(channel, 255) > 0;
  }
  return false;
}

}  // namespace verge::ops
