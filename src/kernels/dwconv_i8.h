// Output pixels of an 8-bit depthwise convolution (one filter a channel), NHWC: sums of 32 bits, rescaled as they
// leave.
//
//   s[i][c] = starts[c] + sum_t x[t][i][c] w[t][c]                  i < m, c < channels, t < 2 pairs
//
// x[t][i] are the bytes, i8 or u8, at rows[t * row_stride + i]. What becomes of s: gemm_i8.h.
//
// Packed w, for each chunk of kDwI8Vectors vectors of channels: starts, multipliers (or steps), lefts and rights, then
// for each pair of positions the words of both for every channel. All in the order DwI8Channel; what is behind channels
// is 0.
//
// Exact     sums modulo 2^32; the same bits for every table
// Requires  m, channels, pairs >= 1; y overlaps nothing
// Memory    reads `channels` bytes at each pointer, writes y[i * y_stride + c]; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/gemm_i8.h"

namespace verge::kernels {

inline constexpr size_t kDwI8Vectors = 2;

// The channel of a chunk that stands at place `at` in packed parameters: vectors interleave the words of two positions
// in parts of 128 bits, and so split each part's 8 channels over two vectors of `lanes` sums.
constexpr size_t DwI8Channel(size_t at, size_t lanes) {
  const size_t vector = at / lanes, lane = at % lanes;
  return lane / 4 * 8 + vector * 4 + lane % 4;
}

struct DwConvI8Args {
  const void* const* rows;
  size_t row_stride;  // pointers from one position to the next
  size_t pairs;       // of positions
  size_t channels;
  const void* w;
  void* y;
  size_t y_stride;  // elements
  size_t m;
  bool is_signed;
  bool halves_away;
  GemmI8Output output;
  int32_t y_zero;
  int32_t lo, hi;  // with y_zero
  float real_lo, real_hi;
};

struct DwConvI8Table {
  const char* isa;
  const char* name;
  size_t lanes;  // sums of a vector
  void (*pixels)(const DwConvI8Args& args);
};

}  // namespace verge::kernels
