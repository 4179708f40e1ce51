// Repeats a tensor along dimensions of size 1, by the rules of numpy.
//
// Attribute shape: what x is broadcast with; a 1 keeps the dimension of x
// Input     x of any type
// Output    y of the same type, of the shape to which x and `shape` broadcast
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct ExpandAttrs {
  IntList shape;
  void Visit(AttrVisitor& v) { v.Ints("shape", shape); }
};

Status InferExpand(const InferArgs& args);

inline constexpr OpDef kExpandOp = DefineOp<ExpandAttrs, InferExpand, Arity{1, 1}>({
    .name = "expand",
    .summary = "A tensor repeated along its dimensions of size 1",
    .macs = NoMacs,
});

}  // namespace verge::ops
