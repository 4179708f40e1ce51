#include "ops/reverse_sequence/reverse_sequence.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferReverseSequence(const InferArgs& args) {
  const auto& attrs = args.attrs.As<ReverseSequenceAttrs>();
  const TensorType& x = args.inputs[0].type;
  if (x.shape.rank() < 2 || attrs.time_axis == attrs.batch_axis) {
    return VERGE_ERROR(kInvalidArgument, "x wants 2 dimensions or more, and time_axis and batch_axis differ");
  }
  VERGE_TRY(CheckInput(args, 1, "lengths", {DType::kI64}, 1));
  VERGE_TRY(CheckDim(args, 1, "lengths", 0, x.shape[static_cast<int>(attrs.batch_axis)]));
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = x.shape;
  return Status::Ok();
}

}  // namespace verge::ops
