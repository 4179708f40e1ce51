#include "ops/roi_align/roi_align.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferRoiAlign(const InferArgs& args) {
  const auto& attrs = args.attrs.As<RoiAlignAttrs>();
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32}, 4));
  VERGE_TRY(CheckInput(args, 1, "rois", {DType::kF32}, 2));
  VERGE_TRY(CheckInput(args, 2, "batch", {DType::kI64}, 1));
  const int64_t count = args.inputs[1].type.shape[0];
  VERGE_TRY(CheckDim(args, 1, "rois", 1, 4));
  VERGE_TRY(CheckDim(args, 2, "batch", 0, count));
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = {count, args.inputs[0].type.shape[1], attrs.height, attrs.width};
  return Status::Ok();
}

}  // namespace verge::ops
