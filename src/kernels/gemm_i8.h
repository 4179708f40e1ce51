// Register tiles of the 8-bit matrix product: sums of 32 bits, rescaled to 8 bits or turned into f32 as they leave the
// registers.
//
//   s[i][j] = starts[j] + row_terms[i] + sum_{t, c} a[t][i][c] * w[t][c][j]                       i < m, j < n
//   y[i][j] = clamp(y_zero + Shift(High(s 2^left, multiplier), right), lo, hi)                       8 bits
//   y[i][j] = clamp(f32(s) * step[j], real_lo, real_hi)                                              f32
//   y[i][j] = s                                                                                     i32
//
// High(a, b) = floor((a b + 2^30) / 2^31); Shift rounds to nearest, halves up or away from 0: together RescaleHalvesUp
// and Rescale of ops/quant.h, bit for bit. a and w by the table's form:
//
//   kBytes  a[t][i][c] is byte c of rows[t * row_stride + i], as u8; of a signed x 128 more than x (is_signed). w i8.
//   kSignedBytes  the same as i8; of an unsigned x 128 less than x
//   kWords  a is an i16 less its zero point; t is always one. w i16.
//
// B is packed in panels of nr columns: starts, multipliers (or steps), lefts and rights of nr values of 32 bits each,
// then for each t and each group of 4 bytes (2 words) of c the nr columns' groups; what is behind k or n is 0.
//
// Exact     sums modulo 2^32; the same bits for every table
// Requires  1 <= m <= block_rows, 1 <= n <= nr of the tile; kWords reads rows up to an even k; y overlaps nothing
// Memory    reads k elements at each pointer, the panel, writes y[i * y_stride + j]; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace verge::kernels {

enum class GemmI8Form { kBytes, kSignedBytes, kWords };
enum class GemmI8Output { kBytes, kFloat, kSums };

constexpr size_t GemmI8OutputBytes(GemmI8Output output) { return output == GemmI8Output::kBytes ? 1 : 4; }

struct GemmI8Args {
  const void* const* rows;
  size_t row_stride;  // pointers from one kernel position to the next
  size_t taps;
  size_t k;  // elements of one position
  const void* b;
  void* y;
  size_t y_stride;  // elements
  size_t m;
  size_t n;
  const int32_t* row_terms;  // m values; null: zeros
  bool is_signed;
  bool halves_away;  // of Shift: away from 0 instead of up
  GemmI8Output output;
  int32_t y_zero;
  int32_t lo, hi;  // with y_zero
  float real_lo, real_hi;
};

struct GemmI8Tile {
  const char* name;
  size_t mr;
  size_t nr;
  void (*run)(const GemmI8Args& args);
};

inline constexpr size_t kGemmI8Tiles = 3;
inline constexpr size_t kGemmI8Parameters = 4;  // values of 32 bits a column before a panel's weights

struct GemmI8Table {
  const char* isa;
  GemmI8Form form;
  size_t lanes;       // sums of a vector; tiles[v] is v + 1 vectors wide
  size_t block_rows;  // the most rows that one call takes
  GemmI8Tile tiles[kGemmI8Tiles];
  // y[i] = x[i] - zero of n bytes, i8 or u8.
  void (*to_words)(const void* x, bool is_signed, int32_t zero, size_t n, int16_t* y);
  // The sum of n bytes, i8 or u8.
  int32_t (*sum)(const void* x, bool is_signed, size_t n);
};

}  // namespace verge::kernels
