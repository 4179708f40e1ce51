// fp32 depthwise convolution of NHWC images (one filter a channel) from packed weights, by rows of DwConvF32Table.
//
//   y[n][i][j][c] = clamp(b[c] + sum_{p,q} x[n][i * stride_h + p * dilation_h - pad_top]
//                                          [j * stride_w + q * dilation_w - pad_left][c] * w[p][q][c], lo, hi)
//
// x is 0 outside the image.
//
// Shapes    x [n, in_h, in_w, channels], w [kh, kw, channels], b [channels] or null, y [n, out_h, out_w, channels]
// Requires  all sizes > 0; kh <= kMaxDwRows; packed was written by PackDwImageF32 for the same table and shape; y
//           overlaps nothing
// Exact     the same bits for every table and thread count (see dwconv_f32.h)
// Memory    no heap, no scratch
// Threads   re-entrant; work is split over output rows
#pragma once

#include <cstddef>
#include <optional>

#include "base/parallel.h"
#include "kernels/dwconv_f32.h"

namespace verge::kernels {

inline constexpr size_t kMaxDwRows = 32;

struct DwImageF32Shape {
  size_t n = 1;
  size_t in_h = 1, in_w = 1;
  size_t out_h = 1, out_w = 1;
  size_t channels = 1;
  size_t kh = 1, kw = 1;
  size_t stride_h = 1, stride_w = 1;
  size_t dilation_h = 1, dilation_w = 1;
  size_t pad_top = 0, pad_left = 0;
  float lo = 0, hi = 0;
};

// Empty on overflow.
std::optional<size_t> DwImageF32PackedBytes(const DwConvF32Table& table, const DwImageF32Shape& s);

void PackDwImageF32(const DwConvF32Table& table, const DwImageF32Shape& s, const float* w, const float* b,
                    std::byte* packed);

// `parallel` may be null.
void RunDwImageF32(const DwConvF32Table& table, const DwImageF32Shape& s, const float* x, const std::byte* packed,
                   float* y, Parallel* parallel);

}  // namespace verge::kernels
