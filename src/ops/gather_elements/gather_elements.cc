#include "ops/gather_elements/gather_elements.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferGatherElements(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY(CheckInput(args, 1, "indices", {DType::kI32, DType::kI64}, x.shape.rank()));
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(args.attrs.As<GatherElementsAttrs>().axis, x.shape.rank()));
  const Shape& shape = args.inputs[1].type.shape;
  for (int d = 0; d < shape.rank(); ++d) {
    if (d != axis && shape[d] > x.shape[d]) {
      return VERGE_ERROR(kInvalidArgument, InputLabel(1, "indices") + " of shape " + ToString(shape) +
                                               " is larger than x " + ToString(x.shape) + " in dimension " +
                                               std::to_string(d));
    }
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

}  // namespace verge::ops
