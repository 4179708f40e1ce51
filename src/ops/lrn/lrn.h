// Normalises each element by its neighbours along one axis (local response normalisation).
//
//   y_c = x_c / (bias + alpha / size * sum_{d = c - floor((size-1)/2)}^{c + ceil((size-1)/2)} x_d^2)^beta
//
// Attributes axis; size; alpha, beta, bias
// Input     x f32
// Output    y f32 of the same shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct LrnAttrs {
  int64_t axis = 1;
  int64_t size = 1;
  float alpha = 0.0001f;
  float beta = 0.75f;
  float bias = 1.0f;
  void Visit(AttrVisitor& v) {
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Int("size", size, 1, 1 << 20);
    v.Float("alpha", alpha);
    v.Float("beta", beta);
    v.Float("bias", bias);
  }
};

Status InferLrn(const InferArgs& args);

inline constexpr OpDef kLrnOp = DefineOp<LrnAttrs, InferLrn, Arity{1, 1}>({
    .name = "lrn",
    .summary = "Local response normalisation along one axis",
    .macs = NoMacs,
});

}  // namespace verge::ops
