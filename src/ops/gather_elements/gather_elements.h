// Picks one element of x for each index.
//
//   y[i_0, ..., i_n] = x[i_0, ..., indices[i_0, ..., i_n], ..., i_n]      the index stands at dimension `axis`
//
// Attribute axis
// Inputs    x of any type; indices i32 or i64 of the rank of x, no other dimension larger than that of x
// Output    y of the type of x and the shape of the indices
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct GatherElementsAttrs {
  int64_t axis = 0;
  void Visit(AttrVisitor& v) { v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1); }
};

Status InferGatherElements(const InferArgs& args);

inline constexpr OpDef kGatherElementsOp = DefineOp<GatherElementsAttrs, InferGatherElements, Arity{2, 2}>({
    .name = "gather_elements",
    .summary = "Elements picked along one axis, one for each index",
    .macs = NoMacs,
});

}  // namespace verge::ops
