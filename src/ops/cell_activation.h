// What recurrent cells apply to a sum: the activations of the TFLite format, as an attribute.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace verge::ops {

enum class CellActivation : int32_t { kNone, kRelu, kReluN1To1, kRelu6, kTanh, kSigmoid };
inline constexpr const char* kCellActivationNames[] = {"none", "relu", "relu_n1_to_1", "relu6", "tanh", "sigmoid"};

inline float Sigmoid(float x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

inline float ApplyCellActivation(int32_t activation, float x) {
  switch (static_cast<CellActivation>(activation)) {
    case CellActivation::kRelu: return std::max(x, 0.0f);
    case CellActivation::kReluN1To1: return std::clamp(x, -1.0f, 1.0f);
    case CellActivation::kRelu6: return std::clamp(x, 0.0f, 6.0f);
    case CellActivation::kTanh: return std::tanh(x);
    case CellActivation::kSigmoid: return Sigmoid(x);
    case CellActivation::kNone: break;
  }
  return x;
}

}  // namespace verge::ops
