#include "ops/one_hot/one_hot.h"

#include <vector>

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferOneHot(const InferArgs& args) {
  const auto& attrs = args.attrs.As<OneHotAttrs>();
  VERGE_TRY(CheckInput(args, 0, "indices", {DType::kI32, DType::kI64}, kAnyRank));
  const Shape& at = args.inputs[0].type.shape;
  const TensorType& values = args.inputs[1].type;
  if (values.shape != Shape{2}) return VERGE_ERROR(kInvalidArgument, InputLabel(1, "values") + " wants the shape [2]");
  if (at.rank() == Shape::kMaxRank) return VERGE_ERROR(kUnsupported, "the output would have more than 8 dimensions");
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(attrs.axis, at.rank() + 1));
  std::vector<int64_t> dims(at.dims().begin(), at.dims().end());
  dims.insert(dims.begin() + axis, attrs.depth);
  args.outputs[0].dtype = values.dtype;
  args.outputs[0].shape = *Shape::FromSpan(dims);
  return Status::Ok();
}

}  // namespace verge::ops
