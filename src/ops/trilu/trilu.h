// One triangle of matrices; the other becomes 0.
//
//   y[..., i, j] = upper ? (j - i >= k ? x : 0) : (j - i <= k ? x : 0)
//
// Attributes upper; k: which diagonal is the border
// Input     x [..., n, m] of any type
// Output    y of the same type and shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct TriluAttrs {
  bool upper = true;
  int64_t k = 0;
  void Visit(AttrVisitor& v) {
    v.Bool("upper", upper);
    v.Int("k", k, -(int64_t{1} << 60), int64_t{1} << 60);
  }
};

Status InferTrilu(const InferArgs& args);

inline constexpr OpDef kTriluOp = DefineOp<TriluAttrs, InferTrilu, Arity{1, 1}>({
    .name = "trilu",
    .summary = "One triangle of matrices, the other set to 0",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
