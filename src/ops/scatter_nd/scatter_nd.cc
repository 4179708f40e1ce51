#include "ops/scatter_nd/scatter_nd.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferScatterNd(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY(CheckInput(args, 1, "indices", {DType::kI32, DType::kI64}, kAnyRank));
  VERGE_TRY(CheckInput(args, 2, "updates", {x.dtype}, kAnyRank));
  const Shape& at = args.inputs[1].type.shape;
  const Shape& updates = args.inputs[2].type.shape;
  bool fits = at.rank() >= 1 && at[at.rank() - 1] <= x.shape.rank();
  const auto m = fits ? static_cast<int>(at[at.rank() - 1]) : 0;
  fits = fits && updates.rank() == at.rank() - 1 + x.shape.rank() - m;
  for (int d = 0; fits && d < updates.rank(); ++d) {
    fits = updates[d] == (d < at.rank() - 1 ? at[d] : x.shape[d - (at.rank() - 1) + m]);
  }
  if (!fits) {
    return VERGE_ERROR(kInvalidArgument, "indices " + ToString(at) + " and updates " + ToString(updates) +
                                             " do not fit x " + ToString(x.shape));
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = x.shape;
  return Status::Ok();
}

}  // namespace verge::ops
