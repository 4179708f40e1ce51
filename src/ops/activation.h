// The activations that an op may apply to its result before storing it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace verge::ops {

// Values of an `activation` attribute (int32_t, as AttrVisitor::Enum wants).
enum Activation : int32_t {
  kNoActivation = 0,
  kActivationRelu = 1,
  kActivationRelu6 = 2,
  kActivationReluN1To1 = 3,  // the clamp to [-1, 1]
};
inline constexpr std::array<const char*, 4> kActivationNames = {"none", "relu", "relu6", "relu_n1_to_1"};

// Every one of them is a clamp to [lo, hi].
struct ActivationRange {
  float lo = -std::numeric_limits<float>::infinity();
  float hi = std::numeric_limits<float>::infinity();
  // NaN stays NaN.
  float Clamp(float v) const { return std::min(std::max(v, lo), hi); }
};

constexpr ActivationRange RangeOf(int32_t activation) {
  ActivationRange range;
  if (activation != kNoActivation) range.lo = 0.0f;
  if (activation == kActivationRelu6) range.hi = 6.0f;
  if (activation == kActivationReluN1To1) {
    range.lo = -1.0f;
    range.hi = 1.0f;
  }
  return range;
}

}  // namespace verge::ops
