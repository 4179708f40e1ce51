// Marks positions: y is on where the index along the new axis equals the given one, off elsewhere.
//
//   y[i..., d, j...] = d == indices[i..., j...] ? values[1] : values[0]      an index < 0 counts from `depth`
//
// Attributes depth; axis: where the new dimension stands, -1: last
// Inputs    indices i32 or i64; values [2] of any type: off, on
// Output    y of the type of the values
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct OneHotAttrs {
  int64_t depth = 1;
  int64_t axis = -1;
  void Visit(AttrVisitor& v) {
    v.Int("depth", depth, 1, int64_t{1} << 40);
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
  }
};

Status InferOneHot(const InferArgs& args);

inline constexpr OpDef kOneHotOp = DefineOp<OneHotAttrs, InferOneHot, Arity{2, 2}>({
    .name = "one_hot",
    .summary = "Positions given by index marked along a new axis",
    .macs = NoMacs,
});

}  // namespace verge::ops
