#include "ops/gather_nd/gather_nd.h"

#include <vector>

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferGatherNd(const InferArgs& args) {
  const auto batch = static_cast<int>(args.attrs.As<GatherNdAttrs>().batch_dims);
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY(CheckInput(args, 1, "indices", {DType::kI32, DType::kI64}, kAnyRank));
  const Shape& at = args.inputs[1].type.shape;
  bool fits = at.rank() > batch && x.shape.rank() >= batch && at[at.rank() - 1] <= x.shape.rank() - batch;
  for (int d = 0; fits && d < batch; ++d) fits = at[d] == x.shape[d];
  std::vector<int64_t> dims;
  for (int d = 0; fits && d + 1 < at.rank(); ++d) dims.push_back(at[d]);
  for (int64_t d = fits ? batch + at[at.rank() - 1] : x.shape.rank(); d < x.shape.rank(); ++d)
    dims.push_back(x.shape[static_cast<int>(d)]);
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!fits || !shape) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(1, "indices") + " of shape " + ToString(at) +
                                             " does not fit x of shape " + ToString(x.shape) + " with batch_dims " +
                                             std::to_string(batch));
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
