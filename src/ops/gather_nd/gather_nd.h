// Picks slices by index tuples.
//
//   y[b..., j..., k...] = x[b..., indices[b..., j..., :], k...]
//
// Attribute batch_dims: how many leading dimensions x and indices share
// Inputs    x of any type; indices i32 or i64 [b..., j..., m], m <= rank of x - batch_dims
// Output    y of the type of x
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct GatherNdAttrs {
  int64_t batch_dims = 0;
  void Visit(AttrVisitor& v) { v.Int("batch_dims", batch_dims, 0, Shape::kMaxRank); }
};

Status InferGatherNd(const InferArgs& args);

inline constexpr OpDef kGatherNdOp = DefineOp<GatherNdAttrs, InferGatherNd, Arity{2, 2}>({
    .name = "gather_nd",
    .summary = "Slices picked by index tuples",
    .macs = NoMacs,
});

}  // namespace verge::ops
