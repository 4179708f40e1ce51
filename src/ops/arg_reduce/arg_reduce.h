// Where the largest (or smallest) element along one axis is.
//
//   y = the index along `axis` of the extreme; of equal ones the first, or with select_last the last
//
// Attributes take_min; axis; keep_dims; select_last
// Input     x of any type but bool
// Output    y i64
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct ArgReduceAttrs {
  bool take_min = false;
  int64_t axis = 0;
  bool keep_dims = true;
  bool select_last = false;
  void Visit(AttrVisitor& v) {
    v.Bool("take_min", take_min);
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Bool("keep_dims", keep_dims);
    v.Bool("select_last", select_last);
  }
};

Status InferArgReduce(const InferArgs& args);

inline constexpr OpDef kArgReduceOp = DefineOp<ArgReduceAttrs, InferArgReduce, Arity{1, 1}>({
    .name = "arg_reduce",
    .summary = "Index of the largest or smallest element along one axis",
    .macs = NoMacs,
});

}  // namespace verge::ops
