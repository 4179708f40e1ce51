#include "ops/scatter_elements/scatter_elements.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferScatterElements(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY(CheckInput(args, 1, "indices", {DType::kI32, DType::kI64}, x.shape.rank()));
  VERGE_TRY(CheckInput(args, 2, "updates", {x.dtype}, x.shape.rank()));
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(args.attrs.As<ScatterElementsAttrs>().axis, x.shape.rank()));
  const Shape& at = args.inputs[1].type.shape;
  for (int d = 0; d < at.rank(); ++d) {
    if (args.inputs[2].type.shape[d] != at[d] || (d != axis && at[d] > x.shape[d])) {
      return VERGE_ERROR(kInvalidArgument, InputLabel(1, "indices") + " of shape " + ToString(at) + " does not fit x " +
                                               ToString(x.shape) + " or updates " +
                                               ToString(args.inputs[2].type.shape));
    }
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = x.shape;
  return Status::Ok();
}

}  // namespace verge::ops
