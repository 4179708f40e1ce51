#include "ops/binary/binary.h"

#include "ops/broadcast.h"
#include "ops/elem.h"
#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool Accepts(BinaryKind kind, DType dtype) {
  const bool is_unsigned = dtype == DType::kU8 || dtype == DType::kU16 || dtype == DType::kU32 || dtype == DType::kU64;
  switch (kind) {
    case BinaryKind::kShiftLeft: return is_unsigned;
    case BinaryKind::kShiftRight: return !IsFloatDType(dtype) && dtype != DType::kBool;
    case BinaryKind::kAtan2: return IsFloatDType(dtype);
    case BinaryKind::kAnd:
    case BinaryKind::kOr:
    case BinaryKind::kXor: return !IsFloatDType(dtype);
    default: return dtype != DType::kBool;
  }
}

Status CheckQuantisedKind(const InferArgs& args) {
  const int32_t kind = args.attrs.As<BinaryAttrs>().kind;
  switch (static_cast<BinaryKind>(kind)) {
    case BinaryKind::kDiv:
    case BinaryKind::kPrelu: return CheckAllQuantised(args);
    case BinaryKind::kMin:
    case BinaryKind::kMax: VERGE_TRY(CheckKeepsQuant(args, 0, "a")); return CheckKeepsQuant(args, 1, "b");
    default: break;
  }
  return VERGE_ERROR(kUnsupported, std::string(kBinaryKindNames[kind]) + " does not take quantised inputs");
}

}  // namespace

Status InferBinaryKind(const InferArgs& args) {
  const int32_t kind = args.attrs.As<BinaryAttrs>().kind;
  const TensorType& a = args.inputs[0].type;
  const TensorType& b = args.inputs[1].type;
  if (!Accepts(static_cast<BinaryKind>(kind), a.dtype) || a.dtype != b.dtype) {
    return VERGE_ERROR(kUnsupported, std::string(kBinaryKindNames[kind]) + " does not take inputs of type " +
                                         DTypeName(a.dtype) + " and " + DTypeName(b.dtype));
  }
  const std::optional<Shape> shape = BroadcastShapes(a.shape, b.shape);
  if (!shape) return RefuseBroadcast(a.shape, b.shape);
  args.outputs[0].dtype = a.dtype;
  args.outputs[0].shape = *shape;
  return IsQuantised(a) && args.outputs[0].quant.is_quantised() ? CheckQuantisedKind(args) : Status::Ok();
}

}  // namespace verge::ops
