// Register tiles of the product of fp32 rows with weights of 4 bits that share scales in blocks, unpacked in registers.
//
//   y[i][j] = clamp(bias[j] + sum_b (scale[b][j] * sum_{c in block b} x[i][c] (q[c][j] - 8)
//                                    + offset[b][j] * sums[i][b]), lo, hi)            i < m, j < n
//
// with sums[i][b] the sum of x over the block; without offsets that part is absent.
//
// A panel has 2 lanes columns: biases; then of each block the scales, the offsets if there are any, and for each pair
// of its inputs 2 lanes bytes, the weight of the first input in the lower half: the last of an odd number of inputs
// stands alone. Columns beyond n are scale 0.
//
// Exact     within a block even and odd inputs are two sums by fused multiply-add, in order, then added: the same bits
//           on every processor
// Requires  1 <= m <= kNibbleRows, 1 <= n <= 2 lanes, block even
// Memory    reads k floats at each row and the panel, writes y[i * y_stride + j]; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace verge::kernels {

inline constexpr size_t kNibbleRows = 4;

struct NibbleF32Args {
  const float* x;
  size_t x_stride;  // floats
  size_t m;
  size_t k;
  size_t block;
  const float* sums;  // [m][sums_stride]; null: there are no offsets
  size_t sums_stride;
  const void* panel;
  float* y;
  size_t y_stride;  // floats
  size_t n;
  float lo;
  float hi;
};

struct NibbleF32Table {
  const char* isa;
  const char* name;
  size_t lanes;
  void (*run)(const NibbleF32Args& args);
};

}  // namespace verge::kernels
