// Non-maximum suppression of boxes of one class at run time, into outputs of a fixed size.
//
// The best box whose score is above score_threshold is taken, and so on. A candidate that covers a taken box by
// iou_threshold or more is dropped; with sigma > 0 every taken box also lowers its score by exp(-iou^2 / (2 sigma)),
// after which it waits for its turn again (soft suppression). Of equal scores the first comes first.
//
// Attributes max_output; iou_threshold; score_threshold; sigma
// Inputs    boxes f32 [n, 4], two opposite corners (y, x, y, x); scores f32 [n]
// Outputs   index i32 [max_output]; score f32 [max_output], as lowered; count i32 [], how many are taken; the rest is 0
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct NmsPaddedAttrs {
  int64_t max_output = 1;
  float iou_threshold = 0.5f;
  float score_threshold = 0.0f;
  float sigma = 0.0f;
  void Visit(AttrVisitor& v) {
    v.Int("max_output", max_output, 1, int64_t{1} << 24);
    v.Float("iou_threshold", iou_threshold);
    v.Float("score_threshold", score_threshold);
    v.Float("sigma", sigma);
  }
};

Status InferNmsPadded(const InferArgs& args);

inline constexpr OpDef kNmsPaddedOp = DefineOp<NmsPaddedAttrs, InferNmsPadded, Arity{2, 2, 3, 3}>({
    .name = "nms_padded",
    .summary = "Suppression of overlapping boxes into outputs of a fixed size",
    .macs = NoMacs,
});

}  // namespace verge::ops
