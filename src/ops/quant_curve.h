// Sigmoid and hyperbolic tangent of quantised tensors.
//
//   i8, u8   by way of f32, rounded to the nearest step with halves away from zero
//   i16      y counts in steps of 2^-15; between 256 points of the sigmoid at x = i / 24, linearly, in integers
#pragma once

#include "ops/op_def.h"

namespace verge::ops {

// For an i16 input: the output must count in steps of 2^-15.
Status CheckCurveScale(const InferArgs& args);

// y may be x's memory.
void RunQuantLogistic(const Tensor& x, const Tensor& y);
void RunQuantTanh(const Tensor& x, const Tensor& y);

}  // namespace verge::ops
