// Integer arithmetic on quantised tensors, real = scale * (q - zero_point), as the TFLite 8-bit and 16-bit
// quantisation specification has it: the one definition that every integer form of an op follows (docs/adr/0005).
//
// A real factor (the ratio of scales) is a 31-bit fraction and a power of two. Multiplying by it rounds twice: the
// doubled high half of the product to nearest with halves away from zero, then the division by the power of two to
// nearest with halves away from zero. Sums of 64 bits (i16 activations) are multiplied by the fraction's upper 15 bits
// and rounded once, halves up.
//
// Exact     integers only; the same bits on every machine
// Overflow  like the published kernels, rescaled sums saturate or wrap; every shift and product here is defined
// Threads   pure functions
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/tensor.h"
#include "ops/activation.h"

namespace verge::ops {

// multiplier * 2^(shift - 31); multiplier is 0 or at least 2^30.
struct FixedScale {
  int32_t multiplier = 0;
  int32_t shift = 0;
};

// The nearest one to a real factor >= 0; factors too small to move any 32-bit number become 0.
inline FixedScale MakeFixedScale(double real) {
  if (!(real > 0) || !std::isfinite(real)) return {};
  int shift = 0;
  auto fraction = static_cast<int64_t>(std::round(std::frexp(real, &shift) * static_cast<double>(int64_t{1} << 31)));
  if (fraction == int64_t{1} << 31) {
    fraction /= 2;
    ++shift;
  }
  constexpr int kSmallest = -31;
  if (shift < kSmallest) return {};
  constexpr int kLargest = 30;  // beyond it every number but 0 saturates anyway
  if (shift > kLargest) return {std::numeric_limits<int32_t>::max(), kLargest};
  return {static_cast<int32_t>(fraction), shift};
}

// (2 a b) >> 32, to nearest with halves away from zero; saturates for a = b = the smallest number.
inline int32_t DoublingHighProduct(int32_t a, int32_t b) {
  constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
  if (a == kLowest && b == kLowest) return std::numeric_limits<int32_t>::max();
  const int64_t product = static_cast<int64_t>(a) * b;
  const int64_t nudge = product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}

// x / 2^exponent to nearest, halves away from zero; 0 <= exponent <= 31.
inline int32_t RoundingShiftRight(int32_t x, int exponent) {
  const auto mask = static_cast<int32_t>((int64_t{1} << exponent) - 1);
  const int32_t rest = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (rest > threshold ? 1 : 0);
}

// x * 2^shift, wrapping at 32 bits.
inline int32_t WrappingShiftLeft(int32_t x, int shift) {
  return static_cast<int32_t>(static_cast<uint32_t>(x) << shift);
}

// x times the factor.
inline int32_t Rescale(int32_t x, FixedScale s) {
  const int left = std::max(s.shift, 0);
  return RoundingShiftRight(DoublingHighProduct(WrappingShiftLeft(x, left), s.multiplier), left - s.shift);
}

// The same with halves up in the second rounding: what matrix products do with their sums (docs/adr/0005).
inline int32_t RescaleHalvesUp(int32_t x, FixedScale s) {
  const int left = std::max(s.shift, 0);
  const int32_t product = DoublingHighProduct(WrappingShiftLeft(x, left), s.multiplier);
  const int right = left - s.shift;
  return right == 0 ? product : static_cast<int32_t>((int64_t{product} + (int64_t{1} << (right - 1))) >> right);
}

// The same for sums of 64 bits; saturates outside |x| < 2^47 and outside 32 bits.
inline int32_t Rescale64(int64_t x, FixedScale s) {
  constexpr int32_t kRoundsUpBelow = 0x7fff0000;
  constexpr int64_t kLargest = (int64_t{1} << 47) - 1;
  const int64_t fraction = s.multiplier < kRoundsUpBelow ? (s.multiplier + (1 << 15)) >> 16 : 0x7fff;
  const int64_t product = std::clamp(x, -kLargest, kLargest) * fraction;
  const int right = 15 - s.shift;
  if (right < 1) return static_cast<int32_t>(static_cast<uint64_t>(product) << -right);
  const int64_t scaled = (product + (int64_t{1} << (right - 1))) >> right;
  return static_cast<int32_t>(
      std::clamp<int64_t>(scaled, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()));
}

// What integers a type holds.
struct QuantRange {
  int32_t lo = 0;
  int32_t hi = 0;
  int32_t Clamp(int32_t v) const { return std::clamp(v, lo, hi); }
};

inline QuantRange RangeOfDType(DType dtype) {
  switch (dtype) {
    case DType::kI8: return {-128, 127};
    case DType::kU8: return {0, 255};
    case DType::kI16: return {-32768, 32767};
    default: return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
  }
}

// Whole steps as an integer of the type.
inline int32_t QuantiseSteps(float steps, int32_t zero_point, QuantRange range) {
  const double q = static_cast<double>(steps) + zero_point;
  if (std::isnan(q)) return range.Clamp(zero_point);
  return static_cast<int32_t>(std::clamp(q, static_cast<double>(range.lo), static_cast<double>(range.hi)));
}

// The integer that stands for a real number, within the type; halves away from zero.
inline int32_t QuantiseReal(float real, float scale, int32_t zero_point, QuantRange range) {
  if (!(scale > 0)) return range.Clamp(zero_point);
  return QuantiseSteps(std::round(real / scale), zero_point, range);
}

// The same by ONNX's definition: halves to even.
inline int32_t QuantiseHalfEven(float real, float scale, int32_t zero_point, QuantRange range) {
  if (!(scale > 0)) return range.Clamp(zero_point);
  return QuantiseSteps(std::nearbyint(real / scale), zero_point, range);
}

// The integers that an activation lets pass.
inline QuantRange QuantActivation(int32_t activation, DType dtype, float scale, int32_t zero_point) {
  QuantRange range = RangeOfDType(dtype);
  const ActivationRange real = RangeOf(activation);
  if (std::isfinite(real.lo)) range.lo = std::max(range.lo, QuantiseReal(real.lo, scale, zero_point, range));
  if (std::isfinite(real.hi)) range.hi = std::min(range.hi, QuantiseReal(real.hi, scale, zero_point, range));
  return {range.lo, std::max(range.lo, range.hi)};
}

// The only scale and zero point of a tensor quantised as a whole; of a tensor that is not, 1 and 0.
struct ScaleZero {
  float scale = 1;
  int32_t zero_point = 0;
};
inline ScaleZero ScaleOf(const TensorType& type) {
  if (!type.quant.is_quantised()) return {};
  return {type.quant.scales[0], type.quant.zero_points[0]};
}
inline ScaleZero ScaleOf(const Tensor& t) { return ScaleOf(t.type); }

// Whether a tensor's numbers are quantised ones and not plain integers. (Quantised sums of 32 bits are no activations.)
inline bool IsQuantised(const TensorType& type) {
  return type.quant.is_quantised() &&
         (type.dtype == DType::kI8 || type.dtype == DType::kU8 || type.dtype == DType::kI16);
}

}  // namespace verge::ops
