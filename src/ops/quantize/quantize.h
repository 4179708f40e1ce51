// Stored integers from real numbers, or from integers with another quantisation.
//
//   x f32           y = zero_point + round(x / scale), by the quantisation of y, halves away from zero as TFLite has
//   it,
//                   or to even as ONNX has it; NaN gives the zero point
//   x i8, u8, i16   the same for the number x stands for, in integers:
//                   y = y_zero + Rescale(x - x_zero, x_scale / y_scale)
//
// Input     x f32, or quantised i8, u8 or i16, of any shape
// Output    y i8, u8 or i16 of the same shape, quantised as a whole
// Attributes dtype: of y; half_even: halves go to even, for x f32 only
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

inline constexpr const char* kQuantizedNames[] = {"i8", "u8", "i16"};

struct QuantizeAttrs {
  int32_t dtype = 0;  // index of kQuantizedNames
  bool half_even = false;
  void Visit(AttrVisitor& v) {
    v.Enum("dtype", dtype, kQuantizedNames);
    v.Bool("half_even", half_even);
  }
};

Status InferQuantize(const InferArgs& args);

inline constexpr OpDef kQuantizeOp = DefineOp<QuantizeAttrs, InferQuantize, Arity{1, 1}>({
    .name = "quantize",
    .summary = "Quantised integers from f32 or from integers quantised otherwise",
    .macs = NoMacs,
});

}  // namespace verge::ops
