// Dimensions in another order.
//
//   y[i_perm[0], i_perm[1], ...] = x[i_0, i_1, ...];  size of dimension d of y = size of dimension perm[d] of x
//
// Attribute perm: a permutation of 0 .. rank - 1
// Input     x of any type
// Output    y of the same type
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct TransposeAttrs {
  IntList perm;
  void Visit(AttrVisitor& v) { v.Ints("perm", perm); }
};

Status InferTranspose(const InferArgs& args);

inline constexpr OpDef kTransposeOp = DefineOp<TransposeAttrs, InferTranspose, Arity{1, 1}>({
    .name = "transpose",
    .summary = "Dimensions in another order",
    .macs = NoMacs,
});

}  // namespace verge::ops
