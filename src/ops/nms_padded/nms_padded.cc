#include "ops/nms_padded/nms_padded.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferNmsPadded(const InferArgs& args) {
  const auto& attrs = args.attrs.As<NmsPaddedAttrs>();
  VERGE_TRY(CheckInput(args, 0, "boxes", {DType::kF32}, 2));
  VERGE_TRY(CheckInput(args, 1, "scores", {DType::kF32}, 1));
  VERGE_TRY(CheckDim(args, 0, "boxes", 1, 4));
  VERGE_TRY(CheckDim(args, 1, "scores", 0, args.inputs[0].type.shape[0]));
  args.outputs[0].dtype = args.outputs[2].dtype = DType::kI32;
  args.outputs[1].dtype = DType::kF32;
  args.outputs[0].shape = args.outputs[1].shape = {attrs.max_output};
  args.outputs[2].shape = {};
  return Status::Ok();
}

}  // namespace verge::ops
