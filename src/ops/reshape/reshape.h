// The same elements in the same order under another shape.
//
// Attribute shape: the dimensions wanted; one of them may be -1 and is then what makes the element counts equal.
// Input     x of any type and shape
// Output    y of the same type
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct ReshapeAttrs {
  IntList shape;
  void Visit(AttrVisitor& v) { v.Ints("shape", shape); }
};

Status InferReshape(const InferArgs& args);

inline constexpr OpDef kReshapeOp = DefineOp<ReshapeAttrs, InferReshape, Arity{1, 1}>({
    .name = "reshape",
    .summary = "The same elements under another shape",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
