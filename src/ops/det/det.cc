#include "ops/det/det.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferDet(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32, DType::kF64}, kAnyRank));
  const TensorType& x = args.inputs[0].type;
  const int rank = x.shape.rank();
  if (rank < 2 || x.shape[rank - 1] != x.shape[rank - 2]) {
    return VERGE_ERROR(kInvalidArgument,
                       InputLabel(0, "x") + " of shape " + ToString(x.shape) + " holds no square matrices");
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = *Shape::FromSpan(x.shape.dims().first(static_cast<size_t>(rank - 2)));
  return Status::Ok();
}

}  // namespace verge::ops
