// What max_pool2d and avg_pool2d share: attributes and shape rule.
//
// Input     x [n, h, w, c] f32, or quantised i8, u8 or i16
// Output    y [n, oh, ow, c] of the same type and quantisation, oh = (h + pad_top + pad_bottom - filter_h) / stride_h +
// 1 Padding   explicit on each side and smaller than the filter, so that every window holds at least one real element;
//           elements of the border take no part
#pragma once

#include "ops/activation.h"
#include "ops/op_def.h"
#include "ops/rule_checks.h"

namespace verge::ops {

struct PoolAttrs {
  int64_t filter_h = 1;
  int64_t filter_w = 1;
  int64_t stride_h = 1;
  int64_t stride_w = 1;
  int64_t pad_top = 0;
  int64_t pad_bottom = 0;
  int64_t pad_left = 0;
  int64_t pad_right = 0;
  int32_t activation = kNoActivation;

  void Visit(AttrVisitor& v) {
    v.Int("filter_h", filter_h, 1, kMaxWindow);
    v.Int("filter_w", filter_w, 1, kMaxWindow);
    v.Int("stride_h", stride_h, 1, kMaxWindow);
    v.Int("stride_w", stride_w, 1, kMaxWindow);
    v.Int("pad_top", pad_top, 0, kMaxWindow);
    v.Int("pad_bottom", pad_bottom, 0, kMaxWindow);
    v.Int("pad_left", pad_left, 0, kMaxWindow);
    v.Int("pad_right", pad_right, 0, kMaxWindow);
    v.Enum("activation", activation, kActivationNames);
  }
};

Status InferPool(const InferArgs& args);

// Calls f(p) with the position in x of each real element of the window of output (n, i, j), channel c; for the
// reference kernels.
template <typename F>
void ForEachInWindow(const PoolAttrs& a, const Shape& xs, int64_t n, int64_t i, int64_t j, int64_t c, F f) {
  for (int64_t p = 0; p < a.filter_h; ++p) {
    const int64_t y_in = i * a.stride_h + p - a.pad_top;
    if (y_in < 0 || y_in >= xs[1]) continue;
    for (int64_t q = 0; q < a.filter_w; ++q) {
      const int64_t x_in = j * a.stride_w + q - a.pad_left;
      if (x_in >= 0 && x_in < xs[2]) f(((n * xs[1] + y_in) * xs[2] + x_in) * xs[3] + c);
    }
  }
}

}  // namespace verge::ops
