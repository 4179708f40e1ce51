// Two-dimensional convolution of each channel by itself, NHWC, with optional bias and a clamp on the result.
//
//   y[n][i][j][c * m + k] = act(b[c * m + k] + sum_{p,q} x[n][i * stride_h + p * dilation_h - pad_top]
//                                              [j * stride_w + q * dilation_w - pad_left][c] * w[0][p][q][c * m + k])
//
// with 0 <= k < m, the depth multiplier m = oc / c; x is 0 outside the image.
//
// Inputs    x [n, h, w, c]; w [1, kh, kw, oc], oc a multiple of c; b [oc], optional
// Output    y [n, oh, ow, oc], sizes as of conv2d
// Types     all f32, or an integer form of quant_layer.h; scales of w by dimension 3. Hybrid: each image is quantised
//           for itself, by its range when w has a scale a channel, else symmetrically
#pragma once

#include "ops/activation.h"
#include "ops/define_op.h"
#include "ops/rule_checks.h"

namespace verge::ops {

struct DepthwiseConv2dAttrs {
  int64_t stride_h = 1;
  int64_t stride_w = 1;
  int64_t dilation_h = 1;
  int64_t dilation_w = 1;
  int64_t pad_top = 0;
  int64_t pad_bottom = 0;
  int64_t pad_left = 0;
  int64_t pad_right = 0;
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
    v.Enum("activation", activation, kActivationNames);
  }
};

Status InferDepthwiseConv2d(const InferArgs& args);
uint64_t MacsDepthwiseConv2d(const OpAttrs& attrs, std::span<const TensorType> inputs,
                             std::span<const TensorType> outputs);

inline constexpr OpDef kDepthwiseConv2dOp = DefineOp<DepthwiseConv2dAttrs, InferDepthwiseConv2d, Arity{2, 3}>({
    .name = "depthwise_conv2d",
    .summary = "2-D convolution of each channel by itself, NHWC, with bias and fused activation",
    .macs = MacsDepthwiseConv2d,
});

}  // namespace verge::ops
