// conv2d of f32 with constant weights as the kernels want it.
#pragma once

#include "kernels/conv_f32.h"
#include "ops/activation.h"
#include "ops/conv2d/conv2d.h"
#include "ops/fast_kernels.h"
#include "ops/window_shape.h"

namespace verge::ops {

inline kernels::ConvF32Shape Conv2dShape(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
  const auto& a = attrs.As<Conv2dAttrs>();
  const ActivationRange range = RangeOf(a.activation);
  kernels::ConvF32Shape s;
  SetConvolution(a, x, w, y, s);
  s.lo = range.lo;
  s.hi = range.hi;
  return s;
}

inline kernels::ConvF32Shape Conv2dShape(const PrepareArgs& args) {
  return Conv2dShape(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape, args.outputs[0].shape);
}

inline const float* Conv2dBias(const PrepareArgs& args) {
  return args.inputs.size() > 2 && args.inputs[2].is_present ? static_cast<const float*>(args.inputs[2].constant)
                                                             : nullptr;
}

// In its f32 form, with all weights known at load.
inline bool IsConstantConv2d(const PrepareArgs& args) {
  const bool has_bias = args.inputs.size() > 2 && args.inputs[2].is_present;
  return IsFloatLayer(args) && args.inputs[1].constant != nullptr && (!has_bias || args.inputs[2].constant != nullptr);
}

}  // namespace verge::ops
