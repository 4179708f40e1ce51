// Tensors joined along one axis.
//
//   y[..., offset_k + i, ...] = x_k[..., i, ...], offset_k = the sizes of the inputs before k along the axis
//
// Attribute axis: -rank to rank - 1
// Inputs    x_0, x_1, ... of one type and, except along the axis, one shape
// Output    y of the same type. Quantised inputs are brought to the scale and zero point of y: the number they stand
//           for is divided by y's scale in f32 and rounded, halves away from zero
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct ConcatAttrs {
  int64_t axis = 0;
  void Visit(AttrVisitor& v) { v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1); }
};

Status InferConcat(const InferArgs& args);

inline constexpr OpDef kConcatOp = DefineOp<ConcatAttrs, InferConcat, Arity{1, -1}>({
    .name = "concat",
    .summary = "Tensors joined along one axis",
    .macs = NoMacs,
});

}  // namespace verge::ops
