#include "ops/signal_sqrt/signal_sqrt.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSignalSqrt(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kU64}, kAnyRank));
  VERGE_TRY(CheckInput(args, 1, "bits", {DType::kI32}, kAnyRank));
  if (args.inputs[1].type.shape.elems() != 1) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(1, "bits") + " wants one element");
  }
  args.outputs[0].dtype = DType::kU32;
  args.outputs[0].shape = args.inputs[0].type.shape;
  return Status::Ok();
}

}  // namespace verge::ops
