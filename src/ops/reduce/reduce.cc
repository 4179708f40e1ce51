#include "ops/reduce/reduce.h"

#include "ops/axes.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferReduce(const InferArgs& args) {
  const auto& attrs = args.attrs.As<ReduceAttrs>();
  const TensorType& x = args.inputs[0].type;
  const bool wants_bool = attrs.kind >= static_cast<int32_t>(ReduceKind::kAny);
  if (wants_bool != (x.dtype == DType::kBool)) {
    return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " is " + DTypeName(x.dtype) + ", which " +
                                         kReduceKindNames[attrs.kind] + " does not take");
  }
  VERGE_TRY_ASSIGN(const uint32_t mask, AxesMask(attrs.axes, x.shape.rank()));
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = WithoutAxes(x.shape, mask, attrs.keep_dims);
  return Status::Ok();
}

}  // namespace verge::ops
