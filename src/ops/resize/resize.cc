#include "ops/resize/resize.h"

#include "ops/elem.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferResize(const InferArgs& args) {
  const auto& attrs = args.attrs.As<ResizeAttrs>();
  const TensorType& x = args.inputs[0].type;
  if (static_cast<ResizeMode>(attrs.mode) != ResizeMode::kNearest && !IsFloatDType(x.dtype)) {
    return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " is " + DTypeName(x.dtype) + "; only mode nearest takes it");
  }
  const int rank = x.shape.rank();
  const std::optional<Shape> shape =
      Shape::FromSpan({attrs.sizes.values.data(), static_cast<size_t>(attrs.sizes.size)});
  if (!shape || shape->rank() != rank)
    return VERGE_ERROR(kInvalidArgument, "attribute sizes wants one number a dimension of x");
  if (HasInput(args, 1)) {
    VERGE_TRY(CheckInput(args, 1, "scales", {DType::kF64}, 1));
    VERGE_TRY(CheckDim(args, 1, "scales", 0, rank));
  }
  if (HasInput(args, 2)) {
    VERGE_TRY(CheckInput(args, 2, "roi", {DType::kF64}, 1));
    VERGE_TRY(CheckDim(args, 2, "roi", 0, int64_t{2} * rank));
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
