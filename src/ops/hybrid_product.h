// Products of a vector with the rows of a matrix that is either f32 or, in a dynamic-range quantised model, i8 with one
// scale (hybrid: the vector is f32 and is quantised each time, by the published rule of TFLite).
//
//   f32     sum_k w[r][k] v[k], in f64
//   hybrid  (sum_k w[r][k] q[k] - zero sum_k w[r][k]) * (scale * w.scale)
//           symmetric   scale = max|v| / 127, zero = 0
//           asymmetric  scale = (max(v, 0) - min(v, 0)) / 255, zero such that real 0 is a whole number
//
// u8 weights of old files hold the bits of i8. For reference kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/tensor.h"
#include "ops/scratch.h"

namespace verge::ops {

inline bool IsHybridDType(DType weights) { return weights == DType::kI8 || weights == DType::kU8; }

// Where a HybridVector of up to `size` elements keeps its quantised form; nothing when the weights are f32.
inline std::span<int8_t> TakeHybrid(Scratch& scratch, size_t size, DType weights) {
  return IsHybridDType(weights) ? scratch.Take<int8_t>(size) : std::span<int8_t>();
}

// A vector and, when `weights` says so, its quantised form in `memory` (of at least `size` elements then). Borrows
// both.
class HybridVector {
 public:
  HybridVector(const float* v, size_t size, DType weights, bool asymmetric, std::span<int8_t> memory);
  // Row `row` of `w` [rows, size] times the vector.
  float Row(const Tensor& w, size_t row) const;

 private:
  const float* v_;
  size_t size_;
  std::span<int8_t> q_;  // empty: the weights are f32
  float scale_ = 1.0f;
  int32_t zero_ = 0;
};

}  // namespace verge::ops
