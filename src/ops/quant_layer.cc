#include "ops/quant_layer.h"

#include <string>

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool HoldsZeroPoint(DType dtype, int32_t zero_point) {
  const QuantRange range = RangeOfDType(dtype);
  return zero_point >= range.lo && zero_point <= range.hi && (dtype != DType::kI16 || zero_point == 0);
}

Status CheckWeights(const TensorType& w, int axis, int64_t channels) {
  const QuantView& q = w.quant;
  const bool is_whole = q.scales.size() == 1;
  const bool is_by_channel = q.scales.size() == static_cast<size_t>(channels) && q.axis == axis;
  bool fits = (is_whole || is_by_channel) && q.zero_points.size() == q.scales.size();
  for (size_t i = 0; fits && i < q.scales.size(); ++i) {
    const bool is_scale = q.scales[i] >= 0 && std::isfinite(q.scales[i]);
    fits = is_scale && HoldsZeroPoint(w.dtype, q.zero_points[i]) && (is_whole || q.zero_points[i] == 0);
  }
  if (fits) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(1, "w") + " is an integer tensor " + ToString(w.shape) + " with " +
                                           std::to_string(q.scales.size()) + " scales along dimension " +
                                           std::to_string(q.axis) + "; wants one scale, or one an index of dimension " +
                                           std::to_string(axis) + " with zero points of 0");
}

Status CheckBias(const InferArgs& args, LayerForm form, int64_t channels) {
  if (!HasInput(args, 2)) return Status::Ok();
  if (form == LayerForm::kFloat || form == LayerForm::kHybrid) {
    VERGE_TRY(CheckInput(args, 2, "b", {DType::kF32}, 1));
  } else if (form == LayerForm::kInt16) {
    VERGE_TRY(CheckInput(args, 2, "b", {DType::kI64, DType::kI32}, 1));
  } else {
    VERGE_TRY(CheckInput(args, 2, "b", {DType::kI32}, 1));
  }
  return CheckDim(args, 2, "b", 0, channels);
}

}  // namespace

LayerForm LayerFormOf(DType x, DType w) {
  switch (x) {
    case DType::kI8: return LayerForm::kInt8;
    case DType::kU8: return LayerForm::kUint8;
    case DType::kI16: return LayerForm::kInt16;
    default: return w == DType::kI8 ? LayerForm::kHybrid : LayerForm::kFloat;
  }
}

Status CheckQuantised(const TensorType& type, const std::string& label) {
  const QuantView& q = type.quant;
  const bool fits = q.scales.size() == 1 && q.zero_points.size() == 1 && q.scales[0] > 0 &&
                    std::isfinite(q.scales[0]) && HoldsZeroPoint(type.dtype, q.zero_points[0]);
  if (fits) return Status::Ok();
  std::string found = std::to_string(q.scales.size()) + " scales";
  if (q.scales.size() == 1 && q.zero_points.size() == 1) {
    found = "scale " + std::to_string(q.scales[0]) + " and zero point " + std::to_string(q.zero_points[0]);
  }
  return VERGE_ERROR(kInvalidArgument, label + " is a tensor of " + DTypeName(type.dtype) + " with " + found +
                                           "; integer arithmetic wants one scale above 0 and a zero point that " +
                                           (type.dtype == DType::kI16 ? "is 0" : "the type holds"));
}

Status CheckLayer(const InferArgs& args, int axis, int64_t channels) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32, DType::kI8, DType::kU8, DType::kI16}, kAnyRank));
  const TensorType& x = args.inputs[0].type;
  if (x.dtype == DType::kF32) {
    VERGE_TRY(CheckInput(args, 1, "w", {DType::kF32, DType::kI8}, kAnyRank));
  } else {
    VERGE_TRY(CheckInput(args, 1, "w", {x.dtype == DType::kU8 ? DType::kU8 : DType::kI8}, kAnyRank));
  }
  const TensorType& w = args.inputs[1].type;
  const LayerForm form = LayerFormOf(x.dtype, w.dtype);
  args.outputs[0].dtype = x.dtype;
  VERGE_TRY(CheckBias(args, form, channels));
  if (form == LayerForm::kFloat) return Status::Ok();
  VERGE_TRY(CheckWeights(w, axis, channels));
  if (form == LayerForm::kHybrid) {
    if (w.quant.zero_points[0] == 0) return Status::Ok();
    return VERGE_ERROR(kUnsupported, InputLabel(1, "w") + " has the zero point " +
                                         std::to_string(w.quant.zero_points[0]) + ", wants 0 with an x of f32");
  }
  VERGE_TRY(CheckQuantised(x, InputLabel(0, "x")));
  if (form == LayerForm::kInt8 && !args.outputs[0].quant.is_quantised()) {
    args.outputs[0].dtype = DType::kF32;
    return Status::Ok();
  }
  return CheckQuantised(args.outputs[0], "output 0");
}

LayerQuant::LayerQuant(const TensorType& x, const TensorType& w, const TensorType& y, int32_t activation, Halves halves)
    : x_(ScaleOf(x)),
      y_(y.quant.is_quantised() ? ScaleOf(y) : ScaleZero{}),
      w_(w.quant),
      range_(y.dtype == DType::kF32 ? QuantRange{} : QuantActivation(activation, y.dtype, y_.scale, y_.zero_point)),
      real_range_(RangeOf(activation)),
      multiplies_in_float_(x.dtype == DType::kU8),
      halves_(halves) {}

FixedScale LayerQuant::scale(size_t channel) const {
  const float w = w_.scales[w_.scales.size() == 1 ? 0 : channel];
  // The oldest kernels, those of uint8, multiply the scales in f32.
  const double product =
      multiplies_in_float_ ? static_cast<double>(x_.scale * w) : static_cast<double>(x_.scale) * static_cast<double>(w);
  return MakeFixedScale(product / static_cast<double>(y_.scale));
}

float LayerQuant::step(size_t channel) const {
  const float w = w_.scales[w_.scales.size() == 1 ? 0 : channel];
  return static_cast<float>(static_cast<double>(x_.scale) * static_cast<double>(w));
}

RowQuant::RowQuant(const float* x, size_t count, bool asymmetric) : is_asymmetric(asymmetric) {
  float lo = 0, hi = 0;
  for (size_t i = 0; i < count; ++i) {
    lo = std::min(lo, x[i]);
    hi = std::max(hi, x[i]);
  }
  *this = RowQuant(lo, hi, asymmetric);
}

RowQuant::RowQuant(float lo, float hi, bool asymmetric) : is_asymmetric(asymmetric) {
  if (lo == hi || !std::isfinite(hi - lo)) return;
  if (!asymmetric) {
    const float largest = std::max(-lo, hi);
    scale = largest / 127;
    inverse = 127 / largest;
    return;
  }
  const double step = (static_cast<double>(hi) - static_cast<double>(lo)) / 255;
  const double from_lo = -128 - static_cast<double>(lo) / step;
  const double from_hi = 127 - static_cast<double>(hi) / step;
  const double error_lo = 128 + std::abs(static_cast<double>(lo) / step);
  const double error_hi = 127 + std::abs(static_cast<double>(hi) / step);
  scale = static_cast<float>(step);
  inverse = 1 / scale;
  zero = static_cast<int32_t>(std::clamp(std::round(error_lo < error_hi ? from_lo : from_hi), -128.0, 127.0));
}

}  // namespace verge::ops
