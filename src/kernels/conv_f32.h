// fp32 convolution of NHWC images as a matrix product over pointers to input pixels, from packed weights. A fully
// connected layer is the 1x1 case with one pixel a row.
//
//   y[n][i][j][o] = clamp(b[o] + sum_{p,q,c} x[n][i * stride_h + p * dilation_h - pad_top]
//                                            [j * stride_w + q * dilation_w - pad_left][g * cg + c] * w[o][p][q][c],
//                                            lo, hi)
//
// with cg = in_c / groups and g = o / (out_c / groups); x is 0 outside the image.
//
// Shapes    x [n, in_h, in_w, in_c], w [out_c, kh, kw, cg], b [out_c] or null, y [n, out_h, out_w, out_c]; all > 0
// Requires  the sizes describe memory that exists (their products fit); packed was written by PackConvF32 for the same
//           table and shape; packed and scratch 64-byte aligned; y overlaps nothing
// Exact     the same bits for every table and thread count (see gemm_f32.h)
// Memory    no heap; scratch of ConvF32ScratchBytes
// Threads   re-entrant with different scratch; work is split over output pixels and channels
#pragma once

#include <cstddef>
#include <optional>

#include "base/parallel.h"
#include "kernels/gemm_f32.h"
#include "kernels/window_rows.h"

namespace verge::kernels {

struct ConvF32Shape : WindowShape {
  float lo = 0, hi = 0;
};

// Empty on overflow.
std::optional<size_t> ConvF32PackedBytes(const GemmF32Table& table, const ConvF32Shape& s);
// For a run on up to `threads` threads. Empty on overflow.
std::optional<size_t> ConvF32ScratchBytes(const GemmF32Table& table, const ConvF32Shape& s, int threads);

void PackConvF32(const GemmF32Table& table, const ConvF32Shape& s, const float* w, const float* b, std::byte* packed);

struct ConvF32Buffers {
  const float* x;
  const std::byte* packed;
  float* y;
  std::byte* scratch;
};
// `parallel` may be null; it has at most the number of threads that the scratch was measured for.
void RunConvF32(const GemmF32Table& table, const ConvF32Shape& s, const ConvF32Buffers& buffers, Parallel* parallel);

}  // namespace verge::kernels
