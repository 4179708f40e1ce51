#include "ops/topk/topk.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferTopk(const InferArgs& args) {
  const auto& attrs = args.attrs.As<TopkAttrs>();
  const TensorType& x = args.inputs[0].type;
  if (x.dtype == DType::kBool) return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " is bool, which has no order");
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(attrs.axis, x.shape.rank()));
  if (attrs.k > x.shape[axis]) {
    return VERGE_ERROR(kInvalidArgument, "attribute k is " + std::to_string(attrs.k) +
                                             ", more than input 0 (x) of shape " + ToString(x.shape) +
                                             " has along axis " + std::to_string(axis));
  }
  Shape shape = x.shape;
  shape.set(axis, attrs.k);
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = shape;
  args.outputs[1].dtype = DType::kI64;
  args.outputs[1].shape = shape;
  return Status::Ok();
}

}  // namespace verge::ops
