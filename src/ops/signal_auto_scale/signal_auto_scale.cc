#include "ops/signal_auto_scale/signal_auto_scale.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSignalAutoScale(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kI16}, kAnyRank));
  args.outputs[0].dtype = DType::kI16;
  args.outputs[0].shape = args.inputs[0].type.shape;
  args.outputs[1].dtype = DType::kI32;
  args.outputs[1].shape = {};
  return Status::Ok();
}

}  // namespace verge::ops
