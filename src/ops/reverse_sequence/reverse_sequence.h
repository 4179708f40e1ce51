// Turns the first elements of each sequence around; the rest stay.
//
//   y[b, t] = t < lengths[b] ? x[b, lengths[b] - 1 - t] : x[b, t]
//
// Attributes time_axis, batch_axis: two different ones of the first two dimensions
// Inputs    x of any type, rank 2 or more; lengths i64 [batch]
// Output    y of the same type and shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct ReverseSequenceAttrs {
  int64_t time_axis = 0;
  int64_t batch_axis = 1;
  void Visit(AttrVisitor& v) {
    v.Int("time_axis", time_axis, 0, 1);
    v.Int("batch_axis", batch_axis, 0, 1);
  }
};

Status InferReverseSequence(const InferArgs& args);

inline constexpr OpDef kReverseSequenceOp = DefineOp<ReverseSequenceAttrs, InferReverseSequence, Arity{2, 2}>({
    .name = "reverse_sequence",
    .summary = "The first elements of each sequence in reverse order",
    .macs = NoMacs,
});

}  // namespace verge::ops
