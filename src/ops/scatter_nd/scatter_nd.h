// A copy of x in which slices named by index tuples are replaced, or joined with others.
//
//   y = x;  y[indices[j..., :], k...] (kind)= updates[j..., k...]
//
// Attribute kind: none (replace), add, mul, max, min
// Inputs    x of any type; indices i32 or i64 [j..., m], m <= rank of x; updates of the type of x [j..., k...]
// Output    y of the type and shape of x
#pragma once

#include "ops/define_op.h"
#include "ops/index_input.h"

namespace verge::ops {

struct ScatterNdAttrs {
  int32_t kind = 0;
  void Visit(AttrVisitor& v) { v.Enum("kind", kind, kScatterKindNames); }
};

Status InferScatterNd(const InferArgs& args);

inline constexpr OpDef kScatterNdOp = DefineOp<ScatterNdAttrs, InferScatterNd, Arity{3, 3}>({
    .name = "scatter_nd",
    .summary = "A copy in which slices named by index tuples are replaced or joined",
    .macs = NoMacs,
});

}  // namespace verge::ops
