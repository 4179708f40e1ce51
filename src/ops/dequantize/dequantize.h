// Real numbers from stored ones.
//
//   f16          y = x
//   i8, u8, i16, i32  y = scale * (x - zero_point), by the quantisation of x: one scale, or one an index of its axis
//
// Input     x f16, i8, u8, i16 or i32 of any shape
// Output    y f32 of the same shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct DequantizeAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferDequantize(const InferArgs& args);

inline constexpr OpDef kDequantizeOp = DefineOp<DequantizeAttrs, InferDequantize, Arity{1, 1}>({
    .name = "dequantize",
    .summary = "f32 from f16 or from quantised integers",
    .macs = NoMacs,
});

}  // namespace verge::ops
