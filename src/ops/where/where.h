// Chooses between two tensors element by element: y = c ? a : b, all three broadcast by the rules of numpy.
//
// Inputs    c bool; a, b of one type
// Output    y of the type of a, of the shape to which all three broadcast
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct WhereAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferWhere(const InferArgs& args);

inline constexpr OpDef kWhereOp = DefineOp<WhereAttrs, InferWhere, Arity{3, 3}>({
    .name = "where",
    .summary = "Elementwise choice between two inputs by a condition",
    .macs = NoMacs,
});

}  // namespace verge::ops
