#include "ops/reduce/reduce.h"

#include "ops/axes.h"
#include "ops/quant_elementwise.h"
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
  if (!IsQuantised(x)) return Status::Ok();
  const auto kind = static_cast<ReduceKind>(attrs.kind);
  if (kind == ReduceKind::kSum || kind == ReduceKind::kMean) return CheckAllQuantised(args);
  if (kind == ReduceKind::kMax || kind == ReduceKind::kMin) return CheckKeepsQuant(args, 0, "x");
  return VERGE_ERROR(kUnsupported,
                     InputLabel(0, "x") + " is quantised, which " + kReduceKindNames[attrs.kind] + " does not take");
}

}  // namespace verge::ops
