// Non-maximum suppression of boxes, class by class: takes the best-scored box, drops those that overlap it too much,
// and so on. How many are taken must be known when the graph is built: all inputs are constants.
//
//   iou(a, b) = |a and b| / |a or b|;  dropped: iou > iou_threshold;  candidates: score > score_threshold
//
// Attributes center: boxes are (x centre, y centre, width, height), else two opposite corners (y1, x1, y2, x2);
//           max_per_class: 0 takes none; iou_threshold; score_threshold; has_score_threshold
// Inputs    boxes f32 [batch, n, 4]; scores f32 [batch, classes, n], constants
// Output    y i64 [taken, 3]: batch, class, box, by batch, then class, then falling score
#pragma once

#include <vector>

#include "ops/define_op.h"

namespace verge::ops {

struct NmsAttrs;
struct NmsBox {
  int64_t batch;
  int64_t cls;
  int64_t box;
};
std::vector<NmsBox> SuppressBoxes(const NmsAttrs& attrs, const Shape& scores_shape, const float* boxes,
                                  const float* scores);

struct NmsAttrs {
  bool center = false;
  int64_t max_per_class = 0;
  float iou_threshold = 0.0f;
  float score_threshold = 0.0f;
  bool has_score_threshold = false;
  void Visit(AttrVisitor& v) {
    v.Bool("center", center);
    v.Int("max_per_class", max_per_class, 0, int64_t{1} << 40);
    v.Float("iou_threshold", iou_threshold);
    v.Float("score_threshold", score_threshold);
    v.Bool("has_score_threshold", has_score_threshold);
  }
};

Status InferNms(const InferArgs& args);

inline constexpr OpDef kNmsOp = DefineOp<NmsAttrs, InferNms, Arity{2, 2}>({
    .name = "nms",
    .summary = "Non-maximum suppression of boxes, class by class",
    .macs = NoMacs,
});

}  // namespace verge::ops
