// 8-bit depthwise convolution of NHWC images (one filter a channel) from packed weights, by pixels of DwConvI8Table.
//
//   s[n][i][j][c] = bias[c] + sum_{p,q} (x[n][i * stride_h + p * dilation_h - pad_top]
//                                          [j * stride_w + q * dilation_w - pad_left][c] - x_zero) (w[p][q][c] -
//                                          w_zero)
//
// x is x_zero outside the image. What becomes of s: gemm_i8.h. The layer's window has as many groups as channels, in
// and out.
//
// Shapes    x [n, in_h, in_w, c], w [kh, kw, c], y [n, out_h, out_w, c]; all > 0
// Requires  the sums fit 32 bits; packed was written by PackDwImageI8 for the same table and layer; packed and scratch
//           64-byte aligned; y overlaps nothing
// Exact     the same bits for every table and thread count
// Memory    no heap; scratch of DwImageI8ScratchBytes
// Threads   re-entrant with different scratch; work is split over output pixels
#pragma once

#include <cstddef>
#include <optional>

#include "base/parallel.h"
#include "kernels/conv_i8.h"
#include "kernels/dwconv_i8.h"

namespace verge::kernels {

// Empty on overflow.
std::optional<size_t> DwImageI8PackedBytes(const DwConvI8Table& table, const ConvI8Layer& layer);
// For a run on up to `threads` threads. Empty on overflow.
std::optional<size_t> DwImageI8ScratchBytes(const ConvI8Layer& layer, int threads);

// `w` bytes, `channels` one a channel.
void PackDwImageI8(const DwConvI8Table& table, const ConvI8Layer& layer, const void* w, const ConvI8Channel* channels,
                   std::byte* packed);

// `parallel` may be null; it has at most the number of threads that the scratch was measured for.
void RunDwImageI8(const DwConvI8Table& table, const ConvI8Layer& layer, const ConvI8Buffers& buffers,
                  Parallel* parallel);

}  // namespace verge::kernels
