// Picks slices along one axis by their numbers.
//
//   y[i..., j..., k...] = x[i..., indices[j...], k...]      the indices' shape replaces dimension `axis`
//
// Attribute axis
// Inputs    x of any type; indices i32 or i64 of any shape, -size .. size - 1; others give the nearest slice
// Output    y of the type of x
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct GatherAttrs {
  int64_t axis = 0;
  void Visit(AttrVisitor& v) { v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1); }
};

Status InferGather(const InferArgs& args);

inline constexpr OpDef kGatherOp = DefineOp<GatherAttrs, InferGather, Arity{2, 2}>({
    .name = "gather",
    .summary = "Slices picked along one axis by their numbers",
    .macs = NoMacs,
});

}  // namespace verge::ops
