#include "ops/signal_log/signal_log.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSignalLog(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kU32}, kAnyRank));
  args.outputs[0].dtype = DType::kI16;
  args.outputs[0].shape = args.inputs[0].type.shape;
  return Status::Ok();
}

}  // namespace verge::ops
