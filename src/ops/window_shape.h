// The window of conv2d and depthwise_conv2d as the kernels want it.
//
// Threads   pure functions
#pragma once

#include "kernels/window_rows.h"
#include "ops/fast_kernels.h"

namespace verge::ops {

// Everything of kernels::WindowShape, or of a shape that names these fields alike, but channels and groups.
// x [n, h, w, c], w [*, kh, kw, *], y [n, oh, ow, *].
template <typename Attrs, typename WindowShape>
void SetWindow(const Attrs& a, const Shape& x, const Shape& w, const Shape& y, WindowShape& s) {
  s.n = Dim(x, 0);
  s.in_h = Dim(x, 1);
  s.in_w = Dim(x, 2);
  s.out_h = Dim(y, 1);
  s.out_w = Dim(y, 2);
  s.kh = Dim(w, 1);
  s.kw = Dim(w, 2);
  s.stride_h = static_cast<size_t>(a.stride_h);
  s.stride_w = static_cast<size_t>(a.stride_w);
  s.dilation_h = static_cast<size_t>(a.dilation_h);
  s.dilation_w = static_cast<size_t>(a.dilation_w);
  s.pad_top = static_cast<size_t>(a.pad_top);
  s.pad_left = static_cast<size_t>(a.pad_left);
}

// Of a convolution in groups: also its channels.
template <typename Attrs, typename WindowShape>
void SetConvolution(const Attrs& a, const Shape& x, const Shape& w, const Shape& y, WindowShape& s) {
  SetWindow(a, x, w, y, s);
  s.in_c = Dim(x, 3);
  s.out_c = Dim(y, 3);
  s.groups = static_cast<size_t>(a.groups);
}

}  // namespace verge::ops
