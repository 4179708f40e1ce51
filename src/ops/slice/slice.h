// A box of elements, evenly spaced along each dimension.
//
//   y[i_0, i_1, ...] = x[starts[0] + i_0 steps[0], ...]
//
// Attributes starts, sizes, steps: one a dimension; a step may be negative; every element named lies inside x
// Input     x of any type
// Output    y of the same type, of shape `sizes`
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct SliceAttrs {
  IntList starts;
  IntList sizes;
  IntList steps;
  void Visit(AttrVisitor& v) {
    v.Ints("starts", starts);
    v.Ints("sizes", sizes);
    v.Ints("steps", steps);
  }
};

Status InferSlice(const InferArgs& args);

inline constexpr OpDef kSliceOp = DefineOp<SliceAttrs, InferSlice, Arity{1, 1}>({
    .name = "slice",
    .summary = "A box of elements, evenly spaced along each dimension",
    .macs = NoMacs,
});

}  // namespace verge::ops
