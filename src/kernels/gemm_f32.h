// Register tiles of the fp32 matrix product, the workhorse of convolution and of fully connected layers.
//
//   y[i][j] = clamp(b.bias[j] + sum_{t, c} rows[t][i][c] * b.w[t][c][j], lo, hi)     i < m, j < n
//
// A is given by pointers, so that a convolution reads its input where it lies: rows[t * row_stride + i] points to the
// `k` values that kernel position t sees for output i (for a plain product there is one t). B is packed in panels of
// `nr` columns: nr biases, then for each t and c the nr weights; columns beyond n are zero.
//
// Exact     products are added in the order t, c by fused multiply-add, starting from the bias, whatever the tile, the
//           instruction set and the number of threads: all give the same bits
// Requires  1 <= m <= block_rows, 1 <= n <= nr of the tile; y overlaps nothing
// Memory    reads k floats at each pointer, the panel, writes y[i * y_stride + j]; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>

namespace verge::kernels {

struct GemmF32Args {
  const float* const* rows;
  size_t row_stride;  // pointers from one kernel position to the next
  size_t taps;
  size_t k;
  const float* b;
  float* y;
  size_t y_stride;  // floats
  size_t m;
  size_t n;
  float lo;
  float hi;
};

struct GemmF32Tile {
  const char* name;
  size_t mr;  // rows that the registers hold; a call with more is cut into even portions
  size_t nr;
  void (*run)(const GemmF32Args& args);
};

inline constexpr size_t kGemmF32Tiles = 3;

struct GemmF32Table {
  const char* isa;
  size_t lanes;       // floats of a vector; tiles[v] is v + 1 vectors wide
  size_t block_rows;  // the most rows that one call takes
  GemmF32Tile tiles[kGemmF32Tiles];
};

}  // namespace verge::kernels
