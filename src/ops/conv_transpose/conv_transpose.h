// Transposed convolution over any number of spatial dimensions, channels last: what gives a convolution's gradient.
//
//   y[n, i * strides + p * dilations - before, g og + o] += x[n, i..., g cg + c] w[g og + o, p..., c],  starting from b
//
// with cg = c / groups, og = oc / groups; contributions outside y are dropped.
//
// Attributes strides, dilations, before, after, out_pad: one number a spatial dimension; groups
// Inputs    x [n, spatial..., c]; w [oc, kernel..., c / groups]; b [oc], optional; all f32
// Output    y [n, out..., oc], out = (in - 1) * stride + (kernel - 1) * dilation + 1 - before - after + out_pad
// Precision summed in f64 and rounded once
#pragma once

#include "ops/define_op.h"
#include "ops/rule_checks.h"
#include "ops/window_nd.h"

namespace verge::ops {

struct ConvTransposeAttrs {
  WindowNd window;
  SpatialInts out_pad;
  int64_t groups = 1;
  void Visit(AttrVisitor& v) {
    window.Visit(v);
    VisitSpatial(v, "out_pad", out_pad);
    v.Int("groups", groups, 1, kMaxWindow);
  }
};
static_assert(sizeof(ConvTransposeAttrs) <= kMaxAttrsBytes);

Status InferConvTranspose(const InferArgs& args);
uint64_t MacsConvTranspose(const OpAttrs& attrs, std::span<const TensorType> inputs,
                           std::span<const TensorType> outputs);

inline constexpr OpDef kConvTransposeOp = DefineOp<ConvTransposeAttrs, InferConvTranspose, Arity{2, 3}>({
    .name = "conv_transpose",
    .summary = "Transposed convolution, channels last",
    .macs = MacsConvTranspose,
});

}  // namespace verge::ops
