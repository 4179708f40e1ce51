#include "ops/unary/unary.h"

#include "ops/elem.h"
#include "ops/quant_curve.h"
#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool Accepts(UnaryKind kind, DType dtype) {
  const bool is_bool = dtype == DType::kBool;
  const bool is_float = IsFloatDType(dtype);
  switch (kind) {
    case UnaryKind::kNot: return is_bool;
    case UnaryKind::kBitNot: return !is_bool && !is_float;
    case UnaryKind::kAbs:
    case UnaryKind::kNeg:
    case UnaryKind::kSign:
    case UnaryKind::kRelu: return !is_bool;
    default: return is_float;
  }
}

}  // namespace

Status InferUnary(const InferArgs& args) {
  const auto kind = static_cast<UnaryKind>(args.attrs.As<UnaryAttrs>().kind);
  const TensorType& x = args.inputs[0].type;
  const bool is_quantised = IsQuantised(x) && kind != UnaryKind::kBitNot && kind != UnaryKind::kNot;
  if (!is_quantised && !Accepts(kind, x.dtype)) {
    return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " is " + DTypeName(x.dtype) + ", which " +
                                         kUnaryKindNames[args.attrs.As<UnaryAttrs>().kind] + " does not take");
  }
  const bool asks = kind == UnaryKind::kIsNan || kind == UnaryKind::kIsInf;
  args.outputs[0].dtype = asks ? DType::kBool : x.dtype;
  args.outputs[0].shape = x.shape;
  if (!is_quantised) return Status::Ok();
  if (asks) return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " is quantised: its numbers are all finite");
  VERGE_TRY(CheckAllQuantised(args));
  return kind == UnaryKind::kTanh || kind == UnaryKind::kSigmoid ? CheckCurveScale(args) : Status::Ok();
}

}  // namespace verge::ops
