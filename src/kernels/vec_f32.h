// Element-wise fp32 loops over contiguous values: the bodies of add, mul, relu, logistic, pooling and resize.
//
// Requires  n >= 1; y may be one of the inputs exactly, otherwise overlaps nothing
// NaN       stays NaN through Clamp and Logistic
// Memory    reads and writes n values at each pointer; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>

namespace verge::kernels {

struct VecF32Table {
  const char* isa;
  const char* name;
  size_t lanes;
  // y = clamp(a + b, lo, hi), and so on.
  void (*add)(const float* a, const float* b, float* y, size_t n, float lo, float hi);
  void (*sub)(const float* a, const float* b, float* y, size_t n, float lo, float hi);
  void (*mul)(const float* a, const float* b, float* y, size_t n, float lo, float hi);
  // The same with one value b for all.
  void (*add_scalar)(const float* a, float b, float* y, size_t n, float lo, float hi);
  void (*sub_scalar)(const float* a, float b, float* y, size_t n, float lo, float hi);
  void (*mul_scalar)(const float* a, float b, float* y, size_t n, float lo, float hi);
  // y = clamp(x, lo, hi)
  void (*clamp)(const float* x, float* y, size_t n, float lo, float hi);
  // y = 1 / (1 + e^-x). e^x by Cody-Waite reduction to |r| <= ln(2)/2 and a polynomial of degree 6; the result is
  // within 3 units in the last place of the true value (kernels_test measures it), 0 below -87.3 apart.
  void (*logistic)(const float* x, float* y, size_t n);
  // y = clamp(max over p of x[p], lo, hi), p < count
  void (*max_of)(const float* const* x, size_t count, float* y, size_t n, float lo, float hi);
  // y = clamp(scale * sum over p of x[p], lo, hi), added in the order of p
  void (*mean_of)(const float* const* x, size_t count, float scale, float* y, size_t n, float lo, float hi);
  // y = w[0] x[0] + w[1] x[1] + w[2] x[2] + w[3] x[3], products rounded first, added in this order
  void (*blend4)(const float* const x[4], const float w[4], float* y, size_t n);
};

}  // namespace verge::kernels
