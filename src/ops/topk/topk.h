// The k largest (or smallest) elements along one axis, in order, and where they were; of equal ones the first comes
// first.
//
// Attributes k; axis; largest
// Input     x of any type but bool
// Outputs   values of the type of x, k long along the axis; indices i64 of that shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct TopkAttrs {
  int64_t k = 1;
  int64_t axis = -1;
  bool largest = true;
  void Visit(AttrVisitor& v) {
    v.Int("k", k, 1, int64_t{1} << 40);
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Bool("largest", largest);
  }
};

Status InferTopk(const InferArgs& args);

inline constexpr OpDef kTopkOp = DefineOp<TopkAttrs, InferTopk, Arity{1, 1, 2, 2}>({
    .name = "topk",
    .summary = "The largest or smallest elements along one axis, in order",
    .macs = NoMacs,
});

}  // namespace verge::ops
