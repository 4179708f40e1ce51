#include "ops/gather/gather.h"

#include <vector>

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferGather(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY(CheckInput(args, 1, "indices", {DType::kI32, DType::kI64}, kAnyRank));
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(args.attrs.As<GatherAttrs>().axis, x.shape.rank()));
  std::vector<int64_t> dims;
  for (int d = 0; d < axis; ++d) dims.push_back(x.shape[d]);
  for (const int64_t d : args.inputs[1].type.shape.dims()) dims.push_back(d);
  for (int d = axis + 1; d < x.shape.rank(); ++d) dims.push_back(x.shape[d]);
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) return VERGE_ERROR(kUnsupported, "the output would have more than 8 dimensions");
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
