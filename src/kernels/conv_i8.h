// Convolution of 8-bit NHWC images as a matrix product over pointers to input pixels, from packed weights; sums of 32
// bits. A fully connected layer is the 1x1 case with one pixel a row.
//
//   s[n][i][j][o] = bias[o] + sum_{p,q,c} (x[n][i * stride_h + p * dilation_h - pad_top]
//                                             [j * stride_w + q * dilation_w - pad_left][g * cg + c] - x_zero)
//                                         (w[o][p][q][c] - w_zero)
//
// with cg = in_c / groups and g = o / (out_c / groups); x is x_zero outside the image. What becomes of s: gemm_i8.h.
//
// Shapes    x [n, in_h, in_w, in_c], w [out_c, kh, kw, cg], y [n, out_h, out_w, out_c]; all > 0
// Requires  the sizes describe memory that exists; the sums fit 32 bits; packed was written by PackConvI8 for the same
// table
//           and layer; packed and scratch 64-byte aligned; y overlaps nothing
// Exact     the same bits for every table and thread count
// Memory    no heap; scratch of ConvI8ScratchBytes
// Threads   re-entrant with different scratch; work is split over output pixels and channels
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/parallel.h"
#include "kernels/gemm_i8.h"
#include "kernels/window_rows.h"

namespace verge::kernels {

struct ConvI8Layer {
  WindowShape window;
  bool is_signed = true;  // x and w are i8; else u8
  int32_t x_zero = 0;
  int32_t w_zero = 0;
  GemmI8Output output = GemmI8Output::kBytes;
  bool halves_away = false;
  int32_t y_zero = 0;
  int32_t lo = 0, hi = 0;
  float real_lo = 0, real_hi = 0;
};

// How the sums of an output channel leave: a factor multiplier * 2^(shift - 31), or of f32 the step.
struct ConvI8Channel {
  int32_t bias = 0;
  int32_t multiplier = 0;
  int32_t shift = 0;
  float step = 0;
};

// Empty on overflow.
std::optional<size_t> ConvI8PackedBytes(const GemmI8Table& table, const ConvI8Layer& layer);
// For a run on up to `threads` threads. Empty on overflow.
std::optional<size_t> ConvI8ScratchBytes(const GemmI8Table& table, const ConvI8Layer& layer, int threads);

// `w` bytes, `channels` one an output channel.
void PackConvI8(const GemmI8Table& table, const ConvI8Layer& layer, const void* w, const ConvI8Channel* channels,
                std::byte* packed);

struct ConvI8Buffers {
  const void* x;
  const std::byte* packed;
  void* y;
  std::byte* scratch;
  // ConvI8OutsideBytes of the value that stands outside the image; null: x_zero.
  const std::byte* outside = nullptr;
};
size_t ConvI8OutsideBytes(const WindowShape& window);

// `parallel` may be null; it has at most the number of threads that the scratch was measured for.
void RunConvI8(const GemmI8Table& table, const ConvI8Layer& layer, const ConvI8Buffers& buffers, Parallel* parallel);

}  // namespace verge::kernels
