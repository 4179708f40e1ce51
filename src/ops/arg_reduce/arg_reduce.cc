#include "ops/arg_reduce/arg_reduce.h"

#include "ops/axes.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferArgReduce(const InferArgs& args) {
  const auto& attrs = args.attrs.As<ArgReduceAttrs>();
  const TensorType& x = args.inputs[0].type;
  if (x.dtype == DType::kBool) return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " is bool, which has no order");
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(attrs.axis, x.shape.rank()));
  args.outputs[0].dtype = DType::kI64;
  args.outputs[0].shape = WithoutAxes(x.shape, 1u << axis, attrs.keep_dims);
  return Status::Ok();
}

}  // namespace verge::ops
