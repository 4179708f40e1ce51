// What the layers with weights share in their integer forms: conv2d, depthwise_conv2d, conv_transpose and
// fully_connected, with inputs x, w and optional b.
//
//   form     x    w    b            y    sums
//   float    f32  f32  f32          f32
//   int8     i8   i8   i32          i8   32 bits
//   int8     i8   i8   i32          f32  32 bits; of a y that has no scale
//   uint8    u8   u8   i32          u8   32 bits
//   int16    i16  i8   i64 or i32   i16  64 bits, 32 with a bias of i32; zero points are 0
//   hybrid   f32  i8   f32          f32  x is quantised for each run, 32 bits
//
//   y = act(y_zero + Rescale(b + sum (x - x_zero) (w - w_zero), x_scale w_scale / y_scale))
//
// x and y have one scale; w has one, or one an output channel. The bias counts in steps of x_scale w_scale, whatever
// scales it carries itself. A weight scale of 0 silences its channel. Sums of 32 bits wrap.
// int8 to f32: y = act(x_scale w_scale (b + sum (x - x_zero) w)), the product of the scales rounded to f32 first.
// Hybrid: y = act(b + x_scale w_scale sum (q - zero) w) in f32, q the quantised x (RowQuant).
#pragma once

#include "ops/op_def.h"
#include "ops/quant.h"

namespace verge::ops {

enum class LayerForm { kFloat, kInt8, kUint8, kInt16, kHybrid };

// Of types that CheckLayer accepts.
LayerForm LayerFormOf(DType x, DType w);

// Checks the element types and quantisations of x, w, b and y, where dimension `axis` of w counts the `channels` of
// the output, and sets the output's element type. Shapes are the caller's business, but for b's.
Status CheckLayer(const InferArgs& args, int axis, int64_t channels);

// Checks that a tensor is quantised as a whole, with a scale > 0 and a zero point its type holds (0 for i16).
Status CheckQuantised(const TensorType& type, const std::string& label);

// Where the second rounding of a sum puts halves: matrix products (conv2d, fully_connected) up, the others away from 0.
enum class Halves { kAwayFromZero, kUp };

// What an integer layer does to its sums.
class LayerQuant {
 public:
  LayerQuant(const TensorType& x, const TensorType& w, const TensorType& y, int32_t activation, Halves halves);

  int32_t x_zero() const { return x_.zero_point; }
  int32_t w_zero(size_t channel) const { return w_.zero_points[w_.scales.size() == 1 ? 0 : channel]; }
  FixedScale scale(size_t channel) const;
  int32_t y_zero() const { return y_.zero_point; }
  QuantRange range() const { return range_; }
  ActivationRange real_range() const { return real_range_; }

  // The output for a sum with its bias.
  int32_t Finish(int32_t sum, FixedScale s) const {
    return Limit(halves_ == Halves::kUp ? RescaleHalvesUp(sum, s) : Rescale(sum, s));
  }
  int32_t Finish(int64_t sum, FixedScale s) const { return Limit(Rescale64(sum, s)); }

  // Of an output of f32: what a step of the sum is worth, and the output for a sum with its bias.
  float step(size_t channel) const;
  float Real(int32_t sum, float step) const { return real_range_.Clamp(static_cast<float>(sum) * step); }

 private:
  int32_t Limit(int32_t v) const {
    return static_cast<int32_t>(std::clamp<int64_t>(int64_t{v} + y_.zero_point, range_.lo, range_.hi));
  }

  ScaleZero x_, y_;
  QuantView w_;
  QuantRange range_;
  ActivationRange real_range_;
  bool multiplies_in_float_;
  Halves halves_;
};

// Element i of an i32 or i64 bias, 0 without one; so far from the ends of 64 bits that no sum overflows.
inline int64_t BiasAt(const Tensor* bias, size_t i) {
  constexpr int64_t kLargest = int64_t{1} << 60;
  if (bias == nullptr || bias->data == nullptr) return 0;
  if (bias->dtype() == DType::kI32) return bias->as<const int32_t>()[i];
  return std::clamp(bias->as<const int64_t>()[i], -kLargest, kLargest);
}

// How a row of f32 becomes i8 for one run of a hybrid layer: by its own range, or symmetrically about 0.
struct RowQuant {
  float scale = 1;
  float inverse = 1;
  int32_t zero = 0;

  RowQuant(const float* x, size_t count, bool is_asymmetric);
  // Of a row whose smallest and largest elements, or 0 if that is beyond, are known.
  RowQuant(float smallest, float largest, bool is_asymmetric);
  int32_t lowest() const { return is_asymmetric ? -128 : -127; }
  int32_t Quantise(float v) const {
    const float steps = std::clamp(std::round(v * inverse), -512.0f, 512.0f);
    return std::isnan(steps) ? zero : std::clamp(zero + static_cast<int32_t>(steps), lowest(), 127);
  }

 private:
  bool is_asymmetric;
};

}  // namespace verge::ops
