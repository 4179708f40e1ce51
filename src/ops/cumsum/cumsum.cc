#include "ops/cumsum/cumsum.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferCumsum(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  if (x.dtype == DType::kBool) return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " is bool, which has no sums");
  VERGE_TRY_ASSIGN([[maybe_unused]] const int axis, NormaliseAxis(args.attrs.As<CumsumAttrs>().axis, x.shape.rank()));
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = x.shape;
  return Status::Ok();
}

}  // namespace verge::ops
