#include "ops/softmax/softmax.h"

#include "ops/elem.h"
#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSoftmax(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY_ASSIGN([[maybe_unused]] const int axis, NormaliseAxis(args.attrs.As<SoftmaxAttrs>().axis, x.shape.rank()));
  const auto& a = args.attrs.As<SoftmaxAttrs>();
  VERGE_TRY(InferElementwise(
      args, {DType::kF32, DType::kF16, DType::kBF16, DType::kF64, DType::kI8, DType::kU8, DType::kI16}));
  if (!(a.beta > 0)) {
    return VERGE_ERROR(kInvalidArgument, "attribute beta is " + std::to_string(a.beta) + ", wants more than 0");
  }
  if (!IsFloatDType(x.dtype) && static_cast<SoftmaxKind>(a.kind) == SoftmaxKind::kHardmax) {
    return VERGE_ERROR(kUnsupported,
                       InputLabel(0, "x") + " is " + DTypeName(x.dtype) + ", which hardmax does not take");
  }
  return CheckAllQuantised(args);
}

}  // namespace verge::ops
