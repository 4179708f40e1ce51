// Broadcasting by the rules of numpy: shapes are aligned at their last dimension; 1 stretches to the other's size.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "ops/nd_walk.h"
#include "ops/op_def.h"

namespace verge::ops {

// Empty when the shapes do not broadcast together.
std::optional<Shape> BroadcastShapes(const Shape& a, const Shape& b);

// Element strides of `in` seen as a tensor of shape `out`: 0 along stretched dimensions. One a dimension of `out`.
std::array<int64_t, Shape::kMaxRank> BroadcastStrides(const Shape& in, const Shape& out);

// Of a stack of matrices `in` [..., rows, columns]: element strides along the dimensions of `batch`, to which its
// leading dimensions stretch.
Strides MatrixStrides(const Shape& in, const Shape& batch);

// The error for shapes that do not.
Status RefuseBroadcast(const Shape& a, const Shape& b);

// Rule of binary elementwise ops: both inputs f32, or quantised i8, u8 or i16; output their broadcast shape.
Status InferBinary(const InferArgs& args);

// y[i] = f(a[i], b[i]) over the broadcast shape for any element types; not in place.
template <typename A, typename B, typename Y, typename F>
void MapBroadcast(const Tensor& a, const Tensor& b, const Tensor& y, F f) {
  const Shape& shape = y.shape();
  NdWalk<2> walk(shape, {BroadcastStrides(a.shape(), shape), BroadcastStrides(b.shape(), shape)});
  const size_t count = shape.elems();
  for (size_t i = 0; i < count; ++i, walk.Next()) y.as<Y>()[i] = f(a.as<const A>()[walk[0]], b.as<const B>()[walk[1]]);
}

// y[i] = f(a[i], b[i]) over the broadcast shape, in plain loops, for reference kernels.
// y may be the same memory as an input that already has the output's shape.
template <typename F>
void ForEachBroadcast(const Tensor& a, const Tensor& b, const Tensor& y, F f) {
  const Shape& shape = y.shape();
  const auto a_strides = BroadcastStrides(a.shape(), shape);
  const auto b_strides = BroadcastStrides(b.shape(), shape);
  const auto* pa = a.as<const float>();
  const auto* pb = b.as<const float>();
  auto* py = y.as<float>();
  const size_t count = shape.elems();
  for (size_t i = 0; i < count; ++i) {
    int64_t rest = static_cast<int64_t>(i);
    int64_t ia = 0;
    int64_t ib = 0;
    for (int d = shape.rank() - 1; d >= 0; --d) {
      const int64_t at = rest % shape[d];
      rest /= shape[d];
      ia += at * a_strides[static_cast<size_t>(d)];
      ib += at * b_strides[static_cast<size_t>(d)];
    }
    py[i] = f(pa[ia], pb[ib]);
  }
}

}  // namespace verge::ops
