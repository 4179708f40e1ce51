// Two-dimensional convolution of NHWC images, with optional bias and a clamp on the result.
//
//   y[n][i][j][o] = act(b[o] + sum_{p,q,c} x[n][i * stride_h + p * dilation_h - pad_top]
//                                           [j * stride_w + q * dilation_w - pad_left][g * cg + c] * w[o][p][q][c])
//
// with cg = c / groups, g = o / (oc / groups); x is 0 outside the image.
//
// Inputs    x [n, h, w, c]; w [oc, kh, kw, c / groups] (OHWI); b [oc], optional
// Output    y [n, oh, ow, oc], oh = (h + pad_top + pad_bottom - ((kh - 1) * dilation_h + 1)) / stride_h + 1
// Types     all f32, or an integer form of quant_layer.h; scales of w by dimension 0. Hybrid: each image is quantised
//           for itself, by its range when w has a scale a channel, else symmetrically
// Padding   explicit on each side; importers turn SAME and VALID into it
#pragma once

#include "ops/activation.h"
#include "ops/define_op.h"
#include "ops/rule_checks.h"

namespace verge::ops {

struct Conv2dAttrs {
  int64_t stride_h = 1;
  int64_t stride_w = 1;
  int64_t dilation_h = 1;
  int64_t dilation_w = 1;
  int64_t pad_top = 0;
  int64_t pad_bottom = 0;
  int64_t pad_left = 0;
  int64_t pad_right = 0;
  int64_t groups = 1;
  int32_t activation = kNoActivation;

  void Visit(AttrVisitor& v) {
    v.Int("stride_h", stride_h, 1, kMaxWindow);
    v.Int("stride_w", stride_w, 1, kMaxWindow);
    v.Int("dilation_h", dilation_h, 1, kMaxWindow);
    v.Int("dilation_w", dilation_w, 1, kMaxWindow);
    v.Int("pad_top", pad_top, 0, kMaxWindow);
    v.Int("pad_bottom", pad_bottom, 0, kMaxWindow);
    v.Int("pad_left", pad_left, 0, kMaxWindow);
    v.Int("pad_right", pad_right, 0, kMaxWindow);
    v.Int("groups", groups, 1, kMaxWindow);
    v.Enum("activation", activation, kActivationNames);
  }
};

Status InferConv2d(const InferArgs& args);
uint64_t MacsConv2d(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kConv2dOp = DefineOp<Conv2dAttrs, InferConv2d, Arity{2, 3}>({
    .name = "conv2d",
    .summary = "2-D convolution, NHWC, with bias and fused activation",
    .macs = MacsConv2d,
});

}  // namespace verge::ops
