// Brings the numbers along the last dimension to mean 0 and variance 1, then scales and moves each of them.
//
//   y[r][c] = (x[r][c] - m_r) / sqrt(v_r + epsilon) * s[c] + o[c]
//   m_r = mean over c of x[r][c],  v_r = mean over c of (x[r][c] - m_r)^2
//
// Source    Ba, Kiros, Hinton: Layer Normalization, 2016 (arXiv:1607.06450)
// Attribute epsilon >= 0
// Inputs    x f32 [..., c]; s f32 [c], optional; o f32 [c], optional
// Output    y f32 of the shape of x
// Precision the reference sums in f64 and rounds once
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct LayerNormAttrs {
  float epsilon = 1e-5f;
  void Visit(AttrVisitor& v) { v.Float("epsilon", epsilon); }
};

Status InferLayerNorm(const InferArgs& args);

inline constexpr OpDef kLayerNormOp = DefineOp<LayerNormAttrs, InferLayerNorm, Arity{1, 3}>({
    .name = "layer_norm",
    .summary = "The numbers along the last dimension brought to mean 0 and variance 1, scaled and moved",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
