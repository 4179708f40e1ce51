// What the elementwise ops do in their integer forms: i8, u8 and i16 with one scale and zero point a tensor.
#pragma once

#include <string>

#include "ops/op_def.h"
#include "ops/quant.h"

namespace verge::ops {

// For an op of one type: when input 0 is i8, u8 or i16, every input and output 0 must be quantised as a whole. The
// rule has set the output's element type.
Status CheckAllQuantised(const InferArgs& args);

// Input `index` and output 0 have the same quantisation, or neither has one; for ops that keep numbers as they are.
Status CheckKeepsQuant(const InferArgs& args, int index, const char* name);

// y = act(a + b) or act(a - b): both are brought to twice the larger scale with `left` bits to spare, added, and
// brought to the scale of y.
struct SumQuant {
  SumQuant(const TensorType& a, const TensorType& b, const TensorType& y, int32_t activation, int sign)
      : a_zero(ScaleOf(a).zero_point),
        b_zero(ScaleOf(b).zero_point),
        y_zero(ScaleOf(y).zero_point),
        left(y.dtype == DType::kI16 ? 15 : 20),
        b_sign(sign),
        range(QuantActivation(activation, y.dtype, ScaleOf(y).scale, y_zero)) {
    const auto a_scale = static_cast<double>(ScaleOf(a).scale);
    const auto b_scale = static_cast<double>(ScaleOf(b).scale);
    const double common = 2 * std::max(a_scale, b_scale);
    to_common_a = MakeFixedScale(a_scale / common);
    to_common_b = MakeFixedScale(b_scale / common);
    to_y = MakeFixedScale(common / (static_cast<double>(int64_t{1} << left) * static_cast<double>(ScaleOf(y).scale)));
  }

  int32_t operator()(int32_t a, int32_t b) const {
    const int32_t sum =
        Rescale((a - a_zero) * (1 << left), to_common_a) + b_sign * Rescale((b - b_zero) * (1 << left), to_common_b);
    return static_cast<int32_t>(std::clamp<int64_t>(int64_t{Rescale(sum, to_y)} + y_zero, range.lo, range.hi));
  }

  int32_t a_zero, b_zero, y_zero;
  int left;
  int b_sign;
  QuantRange range;
  FixedScale to_common_a, to_common_b, to_y;
};

// y = act(a b)
struct ProductQuant {
  ProductQuant(const TensorType& a, const TensorType& b, const TensorType& y, int32_t activation)
      : a_zero(ScaleOf(a).zero_point),
        b_zero(ScaleOf(b).zero_point),
        y_zero(ScaleOf(y).zero_point),
        scale(MakeFixedScale(static_cast<double>(ScaleOf(a).scale * ScaleOf(b).scale / ScaleOf(y).scale))),
        range(QuantActivation(activation, y.dtype, ScaleOf(y).scale, y_zero)) {}

  int32_t operator()(int32_t a, int32_t b) const {
    const int32_t scaled = Rescale((a - a_zero) * (b - b_zero), scale);
    return static_cast<int32_t>(std::clamp<int64_t>(int64_t{scaled} + y_zero, range.lo, range.hi));
  }

  int32_t a_zero, b_zero, y_zero;
  FixedScale scale;
  QuantRange range;
};

// y = x in another quantisation, times a factor; clamped to `range`.
struct RescaleQuant {
  RescaleQuant(const TensorType& x, const TensorType& y, double factor = 1)
      : x_zero(ScaleOf(x).zero_point),
        y_zero(ScaleOf(y).zero_point),
        scale(MakeFixedScale(std::abs(factor) * static_cast<double>(ScaleOf(x).scale) /
                             static_cast<double>(ScaleOf(y).scale))),
        sign(factor < 0 ? -1 : 1),
        range(RangeOfDType(y.dtype)) {}

  int32_t operator()(int32_t x) const { return OfDifference(x - x_zero); }
  // The same for what is left of x without its zero point.
  int32_t OfDifference(int32_t d) const {
    return static_cast<int32_t>(std::clamp<int64_t>(int64_t{sign} * Rescale(d, scale) + y_zero, range.lo, range.hi));
  }

  int32_t x_zero, y_zero;
  FixedScale scale;
  int sign;
  QuantRange range;
};

// Calls f.operator()<T>() for i8, u8 or i16.
template <typename F>
void DispatchQuantised(DType dtype, F f) {
  switch (dtype) {
    case DType::kI8: return f.template operator()<int8_t>();
    case DType::kU8: return f.template operator()<uint8_t>();
    default: return f.template operator()<int16_t>();
  }
}

// y = act(x) for activations that clamp; y may be x's memory.
inline void RescaleAndClamp(const Tensor& x, const Tensor& y, int32_t activation) {
  RescaleQuant q(x.type, y.type);
  q.range = QuantActivation(activation, y.dtype(), ScaleOf(y).scale, q.y_zero);
  DispatchQuantised(y.dtype(), [&]<typename T>() {
    for (size_t i = 0; i < x.shape().elems(); ++i) y.as<T>()[i] = static_cast<T>(q(x.as<const T>()[i]));
  });
}

// y = f(x) by way of real numbers: f sees and gives floats; the result is rounded with halves away from zero.
template <typename F>
int32_t MapReal(int32_t x, ScaleZero from, ScaleZero to, QuantRange range, F f) {
  const float real = from.scale * static_cast<float>(x - from.zero_point);
  return QuantiseReal(f(real), to.scale, to.zero_point, range);
}

}  // namespace verge::ops
