// Elementwise functions of 8-bit integers, by the arithmetic of ops/quant.h, bit for bit.
//
//   sum       y = clamp(y_zero + R(R((a - a_zero) 2^left, to_common_a) + sign R((b - b_zero) 2^left, to_common_b),
//   to_y), lo, hi) product   y = clamp(y_zero + R((a - a_zero) (b - b_zero), to_y), lo, hi) quantise  y = clamp(y_zero
//   + round(x / scale), lo, hi), halves away from zero or to even; NaN as 0
//
//   mix_rows  y = low (2^10 - t) + high t, i32 of 8-bit integers
//   mix_columns  y = round((left (2^10 - t) + right t) / 2^20), halves away from zero, 8 bits of i32; reads up to a
//               vector behind left and right
//   extremes  the smallest and the largest of 0 and x; NaN does not count
//   steps     y = clamp(zero + round(x * inverse), lowest, 127) as i8, halves away from zero; NaN as 0
//   reals     y = clamp(start[j] + f32(s - zero * weights[j]) * (scale * scales[j]), lo, hi): sums s of products of an
//   x
//             in steps, column j, become real in place
//
// with R the Rescale of ops/quant.h. a, b and y are i8 (is_signed) or u8; b is one value, or one an element.
//
// Memory    n elements; y may be a or b, and nothing else of them
// Threads   re-entrant
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace verge::kernels {

// A factor: multiplier * 2^(-31), after a shift to the left and before one to the right.
struct VecI8Scale {
  int32_t multiplier;
  int32_t left;
  int32_t right;
};

struct VecI8Pair {
  const void* a;
  const void* b;
  bool b_is_one;
  void* y;
  size_t n;
};

struct VecI8Formula {
  bool is_signed;
  int32_t a_zero, b_zero, y_zero;
  int32_t left;  // of sum
  int32_t sign;  // of sum: 1 or -1
  VecI8Scale to_common_a, to_common_b, to_y;
  int32_t lo, hi;
};

struct VecI8Quantise {
  float scale;
  bool half_even;
  int32_t y_zero;
  int32_t lo, hi;  // with y_zero; -128 to 255
};

struct VecI8Steps {
  float inverse;
  int32_t zero;
  int32_t lowest;
};

struct VecI8Reals {
  float scale;
  int32_t zero;
  const float* scales;     // one a column
  const float* starts;     // likewise
  const int32_t* weights;  // sums of the weights of a column
  float lo, hi;
  size_t columns;
};

struct VecI8Table {
  const char* isa;
  const char* name;
  size_t lanes;
  void (*sum)(const VecI8Formula& f, const VecI8Pair& pair);
  void (*product)(const VecI8Formula& f, const VecI8Pair& pair);
  void (*quantise)(const VecI8Quantise& q, const float* x, size_t n, void* y);
  void (*extremes)(const float* x, size_t n, float* smallest, float* largest);
  void (*steps)(const VecI8Steps& s, const float* x, size_t n, int8_t* y);
  void (*mix_rows)(const void* low, const void* high, bool is_signed, int32_t t, size_t n, int32_t* y);
  void (*mix_columns)(const int32_t* left, const int32_t* right, int32_t t, size_t n, void* y);
  // y [rows, columns] holds i32 and then f32.
  void (*reals)(const VecI8Reals& r, size_t rows, void* y);
};

}  // namespace verge::kernels
