#include "ops/compare/compare.h"

#include "ops/broadcast.h"
#include "ops/quant_layer.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferCompare(const InferArgs& args) {
  const TensorType& a = args.inputs[0].type;
  const TensorType& b = args.inputs[1].type;
  if (a.dtype != b.dtype) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(1, "b") + " is " + DTypeName(b.dtype) + ", wants " +
                                             DTypeName(a.dtype) + " as input 0 (a)");
  }
  const std::optional<Shape> shape = BroadcastShapes(a.shape, b.shape);
  if (!shape) return RefuseBroadcast(a.shape, b.shape);
  if (IsQuantised(a)) {
    VERGE_TRY(CheckQuantised(a, InputLabel(0, "a")));
    VERGE_TRY(CheckQuantised(b, InputLabel(1, "b")));
  }
  args.outputs[0].dtype = DType::kBool;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
