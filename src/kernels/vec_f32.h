// Element-wise fp32 loops over contiguous values: the bodies of add, mul, relu, logistic, pooling and resize.
//
// Requires  n >= 1; y may be one of the inputs exactly, otherwise overlaps nothing
// NaN       stays NaN through Clamp and Logistic
// Memory    reads and writes n values at each pointer; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>

namespace verge::kernels {

// Functions of one value; alpha and beta as in ops/unary.
//
//   kExp kTanh     within 3 units in the last place; e^x is 0 below -87.3 and infinite above 88.7
//   kGelu          x (1 + erf(x / sqrt(2))) / 2; erf within 2e-7 (Abramowitz and Stegun, 7.1.26)
//   kGeluTanh kSilu kMish kElu   by these
//   kLeakyRelu kHardSigmoid kHardSwish kSqrt kReciprocal kAbs kNeg   the operations of the definition, each rounded
enum class VecUnary {
  kExp,
  kTanh,
  kGelu,
  kGeluTanh,
  kSilu,
  kMish,
  kElu,
  kLeakyRelu,
  kHardSigmoid,
  kHardSwish,
  kSqrt,
  kReciprocal,
  kAbs,
  kNeg,
};
inline constexpr size_t kVecUnaryKinds = 14;

// Functions of two values: b is one, or one an element. kMin, kMax: NaN where a is, else b where it is.
enum class VecBinary { kDiv, kMin, kMax, kPrelu };
inline constexpr size_t kVecBinaryKinds = 4;

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
  // By VecUnary and VecBinary.
  void (*unary[kVecUnaryKinds])(const float* x, float* y, size_t n, float alpha, float beta);
  void (*binary[kVecBinaryKinds])(const float* a, const float* b, float* y, size_t n);
  void (*binary_scalar[kVecBinaryKinds])(const float* a, float b, float* y, size_t n);
  // Shares of 1: y[i] = exp(beta (x[i] - m)) / sum, m the largest; sums of each lane first, then over the lanes.
  void (*softmax)(const float* x, float* y, size_t n, float beta);
  // y[j] = start[j] + sum_i x[i] b[i * stride + j], j < n, added in the order of i by fused multiply-add; y may be
  // start
  void (*matvec)(const float* start, const float* x, size_t k, const float* b, size_t stride, float* y, size_t n);
};

}  // namespace verge::kernels
