#include "ops/svdf/svdf.h"

#include <string>

#include "ops/hybrid_product.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

struct Want {
  size_t index;
  const char* name;
  DType dtype;
  Shape shape;
};

Status CheckWant(const InferArgs& args, const Want& want) {
  if (want.index == kSvdfBias && !HasInput(args, kSvdfBias)) return Status::Ok();
  VERGE_TRY(CheckInput(args, static_cast<int>(want.index), want.name, {want.dtype}, want.shape.rank()));
  const Shape& shape = args.inputs[want.index].type.shape;
  if (shape == want.shape) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(static_cast<int>(want.index), want.name) + " has shape " +
                                           ToString(shape) + ", wants " + ToString(want.shape));
}

Status CheckScale(const std::string& label, const QuantView& quant, bool is_symmetric) {
  if (quant.scales.size() != 1 || !(quant.scales[0] > 0.0f)) {
    return VERGE_ERROR(kInvalidArgument,
                       label + " has " + std::to_string(quant.scales.size()) + " scales, wants one above 0");
  }
  if (!is_symmetric || quant.zero_points[0] == 0) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, label + " has zero point " + std::to_string(quant.zero_points[0]) + ", wants 0");
}

Status CheckQuant(const InferArgs& args, bool is_integer) {
  const auto check = [&](size_t i, const char* name, bool is_symmetric) {
    return CheckScale(InputLabel(static_cast<int>(i), name), args.inputs[i].type.quant, is_symmetric);
  };
  const auto is_bytes = [&](size_t i) { return IsHybridDType(args.inputs[i].type.dtype); };
  if (!is_integer) {
    if (is_bytes(kSvdfFeature)) VERGE_TRY(check(kSvdfFeature, "feature", false));
    return is_bytes(kSvdfTime) ? check(kSvdfTime, "time", false) : Status::Ok();
  }
  VERGE_TRY(check(kSvdfX, "x", false));
  VERGE_TRY(check(kSvdfFeature, "feature", true));
  VERGE_TRY(check(kSvdfTime, "time", true));
  VERGE_TRY(check(kSvdfMemory, "memory", true));
  VERGE_TRY(CheckScale("output 0 (y)", args.outputs[0].quant, false));
  const auto activation = static_cast<CellActivation>(args.attrs.As<SvdfAttrs>().activation);
  if (activation == CellActivation::kNone || activation == CellActivation::kRelu) return Status::Ok();
  return VERGE_ERROR(kUnsupported, "attribute activation is neither none nor relu, which the integer form wants");
}

}  // namespace

Status InferSvdf(const InferArgs& args) {
  const auto& attrs = args.attrs.As<SvdfAttrs>();
  VERGE_TRY(CheckInput(args, kSvdfX, "x", {DType::kF32, DType::kI8}, 2));
  const bool is_integer = args.inputs[kSvdfX].type.dtype == DType::kI8;
  VERGE_TRY(CheckInput(args, kSvdfFeature, "feature", {DType::kF32, DType::kI8, DType::kU8}, 2));
  VERGE_TRY(CheckInput(args, kSvdfTime, "time", {DType::kF32, DType::kI8, DType::kU8, DType::kI16}, 2));
  const Shape& x = args.inputs[kSvdfX].type.shape;
  const TensorType& feature = args.inputs[kSvdfFeature].type;
  const TensorType& time = args.inputs[kSvdfTime].type;
  const int64_t filters = feature.shape[0];
  if (filters % attrs.rank != 0) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(kSvdfFeature, "feature") + " has " + std::to_string(filters) +
                                             " filters, not a multiple of rank " + std::to_string(attrs.rank));
  }
  const bool is_hybrid = !is_integer && IsHybridDType(feature.dtype);
  const DType real = is_integer ? DType::kI16 : DType::kF32;
  const DType time_dtype = is_hybrid && IsHybridDType(time.dtype) ? time.dtype : real;
  const std::optional<int64_t> memory = CheckedMul(filters, time.shape[1]);
  if (!memory) return VERGE_ERROR(kInvalidArgument, InputLabel(kSvdfTime, "time") + " is too large");
  const Want wants[] = {
      {kSvdfFeature, "feature", is_integer ? DType::kI8 : feature.dtype, {filters, x[1]}},
      {kSvdfTime, "time", time_dtype, {filters, time.shape[1]}},
      {kSvdfBias, "bias", is_integer ? DType::kI32 : DType::kF32, {filters / attrs.rank}},
      {kSvdfMemory, "memory", real, {x[0], *memory}},
  };
  for (const Want& want : wants) VERGE_TRY(CheckWant(args, want));
  VERGE_TRY(CheckQuant(args, is_integer));
  args.outputs[0].dtype = args.inputs[kSvdfX].type.dtype;
  args.outputs[0].shape = {x[0], filters / attrs.rank};
  args.outputs[1].dtype = real;
  args.outputs[1].shape = {x[0], *memory};
  return Status::Ok();
}

uint64_t MacsSvdf(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs,
                  std::span<const TensorType> /*outputs*/) {
  const auto batch = static_cast<uint64_t>(inputs[kSvdfX].shape[0]);
  return batch * (inputs[kSvdfFeature].shape.elems() + inputs[kSvdfTime].shape.elems());
}

}  // namespace verge::ops
