// fp32 convolution of NHWC images with 3x3 filters, stride 1, by Winograd's F(4x4, 3x3): see winograd_f32.h.
//
// A block of tiles is taken at a time: its inputs become 36 planes [tile][in_c], these times the packed planes of the
// weights 36 planes [tile][out_c], and these the outputs. Blocks are small enough for the second-level cache.
//
// Shapes    those of ConvF32Shape with kh = kw = 3, strides, dilations and groups 1
// Requires  as conv_f32.h
// Memory    packed weights are four times those of the plain product; no heap in Run
// Threads   re-entrant with different scratch; work is split over blocks and output channels
#pragma once

#include <cstddef>
#include <optional>

#include "kernels/conv_f32.h"
#include "kernels/winograd_f32.h"

namespace verge::kernels {

struct WinogradTables {
  const WinogradF32Table& transforms;
  const GemmF32Table& gemm;
};

// Whether the shape has this form, and this way is the faster one.
bool IsWinogradShape(const ConvF32Shape& s);

// Empty on overflow.
std::optional<size_t> WinogradPackedBytes(const WinogradTables& tables, const ConvF32Shape& s);
std::optional<size_t> WinogradScratchBytes(const ConvF32Shape& s, int threads);

// May use the heap.
void PackWinograd(const WinogradTables& tables, const ConvF32Shape& s, const float* w, const float* b,
                  std::byte* packed);

void RunWinograd(const WinogradTables& tables, const ConvF32Shape& s, const ConvF32Buffers& buffers,
                 Parallel* parallel);

}  // namespace verge::kernels
