#include "import/tflite/mapping.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"

namespace verge::ops {
namespace {

// The multiplier is what the shapes say; the file's depth_multiplier repeats it.
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::DepthwiseConv2DOptions>(from));
  VERGE_TRY_ASSIGN(const ir::Value* x, tflite::InputValue(from, node, 0, "x"));
  VERGE_TRY_ASSIGN(const ir::Value* w, tflite::InputValue(from, node, 1, "w"));
  if (x->shape.rank() != 4 || w->shape.rank() != 4) {
    return VERGE_ERROR(kDataLoss, "has an image or weights that are not of 4 dimensions");
  }
  auto& a = node.attrs.As<DepthwiseConv2dAttrs>();
  a.stride_h = options->stride_h();
  a.stride_w = options->stride_w();
  a.dilation_h = options->dilation_h_factor();
  a.dilation_w = options->dilation_w_factor();
  VERGE_TRY_ASSIGN(const tflite::Padding1d h,
                   tflite::MapPadding(options->padding(), x->shape[1], w->shape[1], a.stride_h, a.dilation_h));
  VERGE_TRY_ASSIGN(const tflite::Padding1d v,
                   tflite::MapPadding(options->padding(), x->shape[2], w->shape[2], a.stride_w, a.dilation_w));
  a.pad_top = h.before;
  a.pad_bottom = h.after;
  a.pad_left = v.before;
  a.pad_right = v.after;
  VERGE_TRY_ASSIGN(a.activation, tflite::MapActivation(options->fused_activation_function()));
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::DEPTHWISE_CONV_2D, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kDepthwiseConv2dTflite = kMappings;

}  // namespace verge::ops
