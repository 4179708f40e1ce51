#include "ops/detection_postprocess/detection_postprocess.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferDetectionPostprocess(const InferArgs& args) {
  const auto& attrs = args.attrs.As<DetectionPostprocessAttrs>();
  VERGE_TRY(CheckInput(args, 0, "boxes", {DType::kF32}, 3));
  VERGE_TRY(CheckInput(args, 1, "scores", {DType::kF32}, 3));
  VERGE_TRY(CheckInput(args, 2, "anchors", {DType::kF32}, 2));
  const Shape& boxes = args.inputs[0].type.shape;
  const Shape& scores = args.inputs[1].type.shape;
  if (boxes[0] != 1 || boxes[2] < 4) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(0, "boxes") + " is " + ToString(boxes) + ", wants [1, n, 4]");
  }
  VERGE_TRY(CheckDim(args, 1, "scores", 0, 1));
  VERGE_TRY(CheckDim(args, 1, "scores", 1, boxes[1]));
  VERGE_TRY(CheckDim(args, 2, "anchors", 0, boxes[1]));
  VERGE_TRY(CheckDim(args, 2, "anchors", 1, 4));
  if (scores[2] != attrs.classes && scores[2] != attrs.classes + 1) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(1, "scores") + " has " + std::to_string(scores[2]) +
                                             " columns for " + std::to_string(attrs.classes) + " classes");
  }
  const int64_t m = attrs.max_detections * attrs.max_classes;
  for (TensorType& output : args.outputs) output.dtype = DType::kF32;
  args.outputs[0].shape = {1, m, 4};
  args.outputs[1].shape = args.outputs[2].shape = {1, m};
  args.outputs[3].shape = {1};
  return Status::Ok();
}

}  // namespace verge::ops
