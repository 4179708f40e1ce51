// A copy of x in which single elements are replaced, or joined with others.
//
//   y = x;  y[i_0, ..., indices[i_0, ..., i_n], ..., i_n] (kind)= updates[i_0, ..., i_n]    the index stands at `axis`
//
// Indices are taken in row-major order; of several that name one element the last wins, or all are joined.
//
// Attributes axis; kind: none (replace), add, mul, max, min
// Inputs    x of any type; indices i32 or i64 and updates of the type of x, both of one shape, of the rank of x
// Output    y of the type and shape of x
#pragma once

#include "ops/define_op.h"
#include "ops/index_input.h"

namespace verge::ops {

struct ScatterElementsAttrs {
  int64_t axis = 0;
  int32_t kind = 0;
  void Visit(AttrVisitor& v) {
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Enum("kind", kind, kScatterKindNames);
  }
};

Status InferScatterElements(const InferArgs& args);

inline constexpr OpDef kScatterElementsOp = DefineOp<ScatterElementsAttrs, InferScatterElements, Arity{3, 3}>({
    .name = "scatter_elements",
    .summary = "A copy in which elements along one axis are replaced or joined",
    .macs = NoMacs,
});

}  // namespace verge::ops
