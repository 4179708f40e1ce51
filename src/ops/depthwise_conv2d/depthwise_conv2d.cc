#include "ops/depthwise_conv2d/depthwise_conv2d.h"

#include "ops/quant_layer.h"

namespace verge::ops {

Status InferDepthwiseConv2d(const InferArgs& args) {
  const auto& a = args.attrs.As<DepthwiseConv2dAttrs>();
  VERGE_TRY(CheckRank(args, 0, "x", 4));
  VERGE_TRY(CheckRank(args, 1, "w", 4));
  VERGE_TRY(CheckDim(args, 1, "w", 0, 1));
  const Shape& x = args.inputs[0].type.shape;
  const Shape& w = args.inputs[1].type.shape;
  if (w[3] % x[3] != 0) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(1, "w") + " has " + std::to_string(w[3]) +
                                             " channels, wants a multiple of the image's " + std::to_string(x[3]));
  }
  VERGE_TRY(CheckLayer(args, 3, w[3]));
  VERGE_TRY_ASSIGN(const int64_t h,
                   WindowOutput("height", {x[1], w[1], a.stride_h, a.dilation_h, a.pad_top, a.pad_bottom}));
  VERGE_TRY_ASSIGN(const int64_t width,
                   WindowOutput("width", {x[2], w[2], a.stride_w, a.dilation_w, a.pad_left, a.pad_right}));
  args.outputs[0].shape = {x[0], h, width, w[3]};
  return Status::Ok();
}

uint64_t MacsDepthwiseConv2d(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs,
                             std::span<const TensorType> outputs) {
  const Shape& w = inputs[1].shape;
  return static_cast<uint64_t>(outputs[0].shape.elems()) * static_cast<uint64_t>(w[1] * w[2]);
}

}  // namespace verge::ops
