// Where the elements that are not 0 stand, in row-major order.
//
// Attribute has_count: y has room for every element of x, columns behind the last position are 0, and a second output
//           says how many there are. Without it x is a constant and y has exactly as many columns as there are
//           positions
// Input     x of any type, rank 1 or more
// Outputs   y i64 [rank, positions or elements of x]: column i holds the position of the i-th; count i64 [1]
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct NonZeroAttrs {
  bool has_count = false;
  void Visit(AttrVisitor& v) { v.Bool("has_count", has_count); }
};

Status InferNonZero(const InferArgs& args);

inline constexpr OpDef kNonZeroOp = DefineOp<NonZeroAttrs, InferNonZero, Arity{1, 1, 1, 2}>({
    .name = "non_zero",
    .summary = "Positions of the elements that are not zero",
    .macs = NoMacs,
});

}  // namespace verge::ops
