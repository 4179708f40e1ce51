// Non-maximum suppression of boxes, class by class: takes the best-scored box, drops those that overlap it too much,
// and so on.
//
//   iou(a, b) = |a and b| / |a or b|;  dropped: iou > iou_threshold;  candidates: score > score_threshold
//
// Attributes center: boxes are (x centre, y centre, width, height), else two opposite corners (y1, x1, y2, x2);
//           max_per_class: 0 takes none; iou_threshold; score_threshold; has_score_threshold;
//           capacity: how many boxes y has room for; 0: exactly as many as are taken, the inputs being constants
// Inputs    boxes f32 [batch, n, 4]; scores f32 [batch, classes, n]
// Outputs   y i64 [taken or capacity, 3]: batch, class, box, by batch, then class, then falling score; rows behind the
//           last box are 0. With a capacity also count i64 [1]: how many were taken
#pragma once

#include <cstdint>
#include <span>

#include "ops/define_op.h"

namespace verge::ops {

struct NmsAttrs {
  bool center = false;
  int64_t max_per_class = 0;
  float iou_threshold = 0.0f;
  float score_threshold = 0.0f;
  bool has_score_threshold = false;
  int64_t capacity = 0;
  void Visit(AttrVisitor& v) {
    v.Bool("center", center);
    v.Int("max_per_class", max_per_class, 0, int64_t{1} << 40);
    v.Float("iou_threshold", iou_threshold);
    v.Float("score_threshold", score_threshold);
    v.Bool("has_score_threshold", has_score_threshold);
    v.Int("capacity", capacity, 0, int64_t{1} << 32);
  }
};

// The most boxes that can be taken; empty on overflow.
std::optional<int64_t> NmsCapacity(int64_t max_per_class, const Shape& scores);

struct NmsBox {
  float y1, x1, y2, x2;
  float Area() const { return (y2 - y1) * (x2 - x1); }
};
// The box of four numbers of the input.
NmsBox ReadNmsBox(const float* box, bool center);

// Memory that suppression works in: `order` has n entries, `kept` 4 * min(n, max_per_class).
struct NmsScratch {
  std::span<int32_t> order;
  std::span<float> kept;
};

// Writes batch, class and box of each box that is taken to `y`, when it is not null; gives their number.
int64_t SuppressBoxes(const NmsAttrs& attrs, const Shape& scores_shape, const float* boxes, const float* scores,
                      const NmsScratch& scratch, int64_t* y);

Status InferNms(const InferArgs& args);

inline constexpr OpDef kNmsOp = DefineOp<NmsAttrs, InferNms, Arity{2, 2, 1, 2}>({
    .name = "nms",
    .summary = "Non-maximum suppression of boxes, class by class",
    .macs = NoMacs,
});

}  // namespace verge::ops
