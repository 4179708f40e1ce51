// Clamped rectifier: y = min(max(x, 0), 6), elementwise.
//
// Input     x f32, or quantised i8, u8 or i16, of any shape
// Output    y of the same type and shape; integers are brought to the scale of y
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct Relu6Attrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferRelu6(const InferArgs& args);

inline constexpr OpDef kRelu6Op = DefineOp<Relu6Attrs, InferRelu6, Arity{1, 1}>({
    .name = "relu6",
    .summary = "Elementwise clamp to [0, 6]",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
