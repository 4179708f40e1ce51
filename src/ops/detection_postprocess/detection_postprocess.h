// Boxes from the raw outputs of an SSD detector: decodes them against their anchors, suppresses overlapping ones, and
// gives the best in falling order of score.
//
//   centre = raw_yx / scale_yx * anchor_hw + anchor_yx;  half size = exp(raw_hw / scale_hw) * anchor_hw / 2
//
// Fast suppression (regular false) looks at each box once, by its best class, takes up to max_detections of them, and
// gives each with its max_classes best classes. Regular suppression looks at each class by itself, takes up to
// per_class of each, and gives the max_detections best of all. A box is dropped where it covers a taken one by more
// than iou_threshold, or its score is below score_threshold. A first column of the scores beyond `classes` is the
// background.
//
// Attributes max_detections, max_classes, per_class, classes; regular; score_threshold, iou_threshold;
//           y_scale, x_scale, h_scale, w_scale
// Inputs    boxes f32 [1, n, 4 or more] (y, x, h, w, ...); scores f32 [1, n, classes or classes + 1];
//           anchors f32 [n, 4] (y, x, h, w)
// Outputs   boxes f32 [1, m, 4] (y1, x1, y2, x2); classes f32 [1, m]; scores f32 [1, m]; count f32 [1];
//           m = max_detections * max_classes, the rest is 0
// Precision boxes are decoded in f64 and rounded once
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct DetectionPostprocessAttrs {
  int64_t max_detections = 1;
  int64_t max_classes = 1;
  int64_t per_class = 100;
  int64_t classes = 1;
  bool regular = false;
  float score_threshold = 0.0f;
  float iou_threshold = 0.5f;
  float y_scale = 1.0f;
  float x_scale = 1.0f;
  float h_scale = 1.0f;
  float w_scale = 1.0f;
  void Visit(AttrVisitor& v) {
    constexpr int64_t kMost = 1 << 20;
    v.Int("max_detections", max_detections, 1, kMost);
    v.Int("max_classes", max_classes, 1, kMost);
    v.Int("per_class", per_class, 1, kMost);
    v.Int("classes", classes, 1, kMost);
    v.Bool("regular", regular);
    v.Float("score_threshold", score_threshold);
    v.Float("iou_threshold", iou_threshold);
    v.Float("y_scale", y_scale);
    v.Float("x_scale", x_scale);
    v.Float("h_scale", h_scale);
    v.Float("w_scale", w_scale);
  }
};

Status InferDetectionPostprocess(const InferArgs& args);

inline constexpr OpDef kDetectionPostprocessOp =
    DefineOp<DetectionPostprocessAttrs, InferDetectionPostprocess, Arity{3, 3, 4, 4}>({
        .name = "detection_postprocess",
        .summary = "Decodes the boxes of an SSD detector and suppresses overlapping ones",
        .macs = NoMacs,
    });

}  // namespace verge::ops
