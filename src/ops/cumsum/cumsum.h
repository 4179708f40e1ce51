// Running sum along one axis.
//
//   y_i = sum_{j <= i} x_j;  exclusive: j < i;  reverse: from the other end
//
// Attributes axis; exclusive; reverse
// Input     x of any type but bool
// Output    y of the same type and shape; integers wrap
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct CumsumAttrs {
  int64_t axis = 0;
  bool exclusive = false;
  bool reverse = false;
  void Visit(AttrVisitor& v) {
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Bool("exclusive", exclusive);
    v.Bool("reverse", reverse);
  }
};

Status InferCumsum(const InferArgs& args);

inline constexpr OpDef kCumsumOp = DefineOp<CumsumAttrs, InferCumsum, Arity{1, 1}>({
    .name = "cumsum",
    .summary = "Running sum along one axis",
    .macs = NoMacs,
});

}  // namespace verge::ops
