// Determinants of square matrices, by elimination with row pivots.
//
// Input     x [..., n, n] f32 or f64
// Output    y [...] of the same type
// Precision computed in f64 and rounded once
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct DetAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferDet(const InferArgs& args);

inline constexpr OpDef kDetOp = DefineOp<DetAttrs, InferDet, Arity{1, 1}>({
    .name = "det",
    .summary = "Determinants of square matrices",
    .macs = NoMacs,
});

}  // namespace verge::ops
