// Where the elements that are not 0 stand, in row-major order. How many there are must be known when the graph is
// built: the input is a constant.
//
// Input     x constant, of any type, rank 1 or more
// Output    y i64 [rank, count]: column i holds the position of the i-th
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct NonZeroAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferNonZero(const InferArgs& args);

inline constexpr OpDef kNonZeroOp = DefineOp<NonZeroAttrs, InferNonZero, Arity{1, 1}>({
    .name = "non_zero",
    .summary = "Positions of the elements that are not zero",
    .macs = NoMacs,
});

}  // namespace verge::ops
