// Rectifier: y = max(x, 0), elementwise.
//
// Input     x f32, or quantised i8, u8 or i16, of any shape
// Output    y of the same type and shape; integers are brought to the scale of y
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct ReluAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferRelu(const InferArgs& args);

inline constexpr OpDef kReluOp = DefineOp<ReluAttrs, InferRelu, Arity{1, 1}>({
    .name = "relu",
    .summary = "Elementwise max(x, 0)",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
