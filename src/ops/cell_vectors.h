// The activations of recurrent cells on vectors.
//
// Threads   pure functions
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/vec_f32.h"
#include "ops/cell_activation.h"

namespace verge::ops {

// y = f(x) of n values; y may be x.
inline void ActivateCells(const kernels::VecF32Table& v, int32_t activation, const float* x, float* y, size_t n) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (static_cast<CellActivation>(activation)) {
    case CellActivation::kRelu: return v.clamp(x, y, n, 0.0F, kInfinity);
    case CellActivation::kReluN1To1: return v.clamp(x, y, n, -1.0F, 1.0F);
    case CellActivation::kRelu6: return v.clamp(x, y, n, 0.0F, 6.0F);
    case CellActivation::kTanh: return v.unary[static_cast<size_t>(kernels::VecUnary::kTanh)](x, y, n, 0, 0);
    case CellActivation::kSigmoid: return v.logistic(x, y, n);
    case CellActivation::kNone: return v.clamp(x, y, n, -kInfinity, kInfinity);
  }
}

// to[i][j] = from[j][i], rows of `to` `stride` apart.
inline void PackTurned(const float* from, size_t rows, size_t columns, float* to, size_t stride) {
  for (size_t j = 0; j < rows; ++j) {
    for (size_t i = 0; i < columns; ++i) to[i * stride + j] = from[j * columns + i];
  }
}

}  // namespace verge::ops
