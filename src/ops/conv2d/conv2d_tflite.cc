#include "import/tflite/mapping.h"
#include "ops/conv2d/conv2d.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::Conv2DOptions>(from));
  VERGE_TRY_ASSIGN(const ir::Value* x, tflite::InputValue(from, node, 0, "x"));
  VERGE_TRY_ASSIGN(const ir::Value* w, tflite::InputValue(from, node, 1, "w"));
  if (x->shape.rank() != 4 || w->shape.rank() != 4) {
    return VERGE_ERROR(kDataLoss, "has an image or weights that are not of 4 dimensions");
  }
  auto& a = node.attrs.As<Conv2dAttrs>();
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
  if (w->shape[3] > 0 && x->shape[3] % w->shape[3] == 0) a.groups = x->shape[3] / w->shape[3];
  VERGE_TRY_ASSIGN(a.activation, tflite::MapActivation(options->fused_activation_function()));
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::CONV_2D, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kConv2dTflite = kMappings;

}  // namespace verge::ops
