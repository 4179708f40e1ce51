#include "ops/concat/concat.h"

#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferConcat(const InferArgs& args) {
  const TensorType& first = args.inputs[0].type;
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(args.attrs.As<ConcatAttrs>().axis, first.shape.rank()));
  Shape shape = first.shape;
  int64_t total = 0;
  for (size_t i = 0; i < args.inputs.size(); ++i) {
    const TensorType& type = args.inputs[i].type;
    bool fits = type.dtype == first.dtype && type.shape.rank() == shape.rank();
    for (int d = 0; fits && d < shape.rank(); ++d) fits = d == axis || type.shape[d] == shape[d];
    const std::optional<int64_t> next = fits ? CheckedAdd(total, type.shape[axis]) : std::nullopt;
    if (!next) {
      return VERGE_ERROR(kInvalidArgument, InputLabel(static_cast<int>(i), "x") + " is " + DTypeName(type.dtype) +
                                               ToString(type.shape) + ", which cannot be joined to " +
                                               DTypeName(first.dtype) + ToString(first.shape) + " along axis " +
                                               std::to_string(axis));
    }
    total = *next;
  }
  shape.set(axis, total);
  args.outputs[0].dtype = first.dtype;
  args.outputs[0].shape = shape;
  return IsQuantised(first) && args.outputs[0].quant.is_quantised() ? CheckAllQuantised(args) : Status::Ok();
}

}  // namespace verge::ops
