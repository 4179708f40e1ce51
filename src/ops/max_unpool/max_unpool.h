// Undoes a max pool: puts each element where its maximum was found; the rest is 0.
//
//   y = 0;  y.flat[indices.flat[i]] = x.flat[i]
//
// Attribute shape: of the output
// Inputs    x of any type; indices i64 of the same shape, others than the output has are dropped
// Output    y of the type of x
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct MaxUnpoolAttrs {
  IntList shape;
  void Visit(AttrVisitor& v) { v.Ints("shape", shape); }
};

Status InferMaxUnpool(const InferArgs& args);

inline constexpr OpDef kMaxUnpoolOp = DefineOp<MaxUnpoolAttrs, InferMaxUnpool, Arity{2, 2}>({
    .name = "max_unpool",
    .summary = "Elements put back where a max pool found them",
    .macs = NoMacs,
});

}  // namespace verge::ops
