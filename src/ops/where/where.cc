#include "ops/where/where.h"

#include "ops/broadcast.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferWhere(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "c", {DType::kBool}, kAnyRank));
  const TensorType& a = args.inputs[1].type;
  VERGE_TRY(CheckInput(args, 2, "b", {a.dtype}, kAnyRank));
  const std::optional<Shape> ab = BroadcastShapes(a.shape, args.inputs[2].type.shape);
  if (!ab) return RefuseBroadcast(a.shape, args.inputs[2].type.shape);
  const std::optional<Shape> all = BroadcastShapes(args.inputs[0].type.shape, *ab);
  if (!all) return RefuseBroadcast(args.inputs[0].type.shape, *ab);
  args.outputs[0].dtype = a.dtype;
  args.outputs[0].shape = *all;
  return Status::Ok();
}

}  // namespace verge::ops
