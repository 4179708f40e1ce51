#include "import/tflite/pool.h"

#include "ops/pool.h"

namespace verge::tflite {

Status MapPool(const OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, Options<schema::Pool2DOptions>(from));
  VERGE_TRY_ASSIGN(const ir::Value* x, InputValue(from, node, 0, "x"));
  if (x->shape.rank() != 4) return VERGE_ERROR(kDataLoss, "has an image that is not of 4 dimensions");
  auto& a = node.attrs.As<ops::PoolAttrs>();
  a.filter_h = options->filter_height();
  a.filter_w = options->filter_width();
  a.stride_h = options->stride_h();
  a.stride_w = options->stride_w();
  VERGE_TRY_ASSIGN(const Padding1d h, MapPadding(options->padding(), x->shape[1], a.filter_h, a.stride_h, 1));
  VERGE_TRY_ASSIGN(const Padding1d w, MapPadding(options->padding(), x->shape[2], a.filter_w, a.stride_w, 1));
  a.pad_top = h.before;
  a.pad_bottom = h.after;
  a.pad_left = w.before;
  a.pad_right = w.after;
  VERGE_TRY_ASSIGN(a.activation, MapActivation(options->fused_activation_function()));
  return Status::Ok();
}

}  // namespace verge::tflite
