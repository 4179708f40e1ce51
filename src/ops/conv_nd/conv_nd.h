// Convolution over any number of spatial dimensions, channels last; the generic relative of conv2d.
//
//   y[n, i..., o] = b[o] + sum_{p..., c} x[n, i * strides + p * dilations - before, g cg + c] w[o, p..., c]
//
// with cg = c / groups, g = o / (oc / groups); x is 0 outside.
//
// Attributes strides, dilations, before, after: one number a spatial dimension; groups
// Inputs    x [n, spatial..., c]; w [oc, kernel..., c / groups]; b [oc], optional; all f32, all f64 or all i32
// Output    y [n, out..., oc] of that type
// Precision f32 is summed in f64 and rounded once; i32 wraps
#pragma once

#include "ops/define_op.h"
#include "ops/rule_checks.h"
#include "ops/window_nd.h"

namespace verge::ops {

struct ConvNdAttrs {
  WindowNd window;
  int64_t groups = 1;
  void Visit(AttrVisitor& v) {
    window.Visit(v);
    v.Int("groups", groups, 1, kMaxWindow);
  }
};
static_assert(sizeof(ConvNdAttrs) <= kMaxAttrsBytes);

Status InferConvNd(const InferArgs& args);
uint64_t MacsConvNd(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kConvNdOp = DefineOp<ConvNdAttrs, InferConvNd, Arity{2, 3}>({
    .name = "conv_nd",
    .summary = "Convolution over any number of dimensions, channels last",
    .macs = MacsConvNd,
});

}  // namespace verge::ops
