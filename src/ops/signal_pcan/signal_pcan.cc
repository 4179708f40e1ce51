#include "ops/signal_pcan/signal_pcan.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSignalPcan(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kU32}, kAnyRank));
  VERGE_TRY(CheckInput(args, 1, "noise", {DType::kU32}, kAnyRank));
  VERGE_TRY(CheckInput(args, 2, "table", {DType::kI16}, 1));
  if (args.inputs[1].type.shape != args.inputs[0].type.shape) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(1, "noise") + " wants the shape of x");
  }
  constexpr int64_t kEntries = 125;  // up to the last entry of a noise of 32 bits
  if (args.inputs[2].type.shape[0] < kEntries) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(2, "table") + " has " +
                                             std::to_string(args.inputs[2].type.shape[0]) + " entries, wants 125");
  }
  args.outputs[0].dtype = DType::kU32;
  args.outputs[0].shape = args.inputs[0].type.shape;
  return Status::Ok();
}

}  // namespace verge::ops
