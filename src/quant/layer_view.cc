#include "quant/layer_view.h"

#include <algorithm>

#include "ops/conv2d/conv2d.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/op_ids.h"

namespace verge::quant {

template <typename Attrs>
void LayerView::SetWindow(const ir::Graph& graph, const ir::Node& node, const Attrs& attrs) {
  const Shape& x = graph.value(node.inputs[0]).shape;
  const Shape& w = graph.value(node.inputs[1]).shape;
  const Shape& y = graph.value(node.outputs[0]).shape;
  window_ = {x[1],
             x[2],
             y[1],
             y[2],
             w[1],
             w[2],
             attrs.stride_h,
             attrs.stride_w,
             attrs.dilation_h,
             attrs.dilation_w,
             attrs.pad_top,
             attrs.pad_left};
  in_channels_ = static_cast<size_t>(x[3]);
  channels_ = static_cast<size_t>(y[3]);
  rows_ = static_cast<size_t>(y[0] * y[1] * y[2]);
  patch_size_ = static_cast<size_t>(w[1] * w[2]) * in_channels_;
}

std::optional<LayerView> LayerView::Of(const ir::Graph& graph, const ir::Node& node) {
  LayerView view;
  if (node.op == ops::ids::kConv2d) {
    const auto& attrs = node.attrs.As<ops::Conv2dAttrs>();
    view.SetWindow(graph, node, attrs);
    view.groups_ = static_cast<size_t>(attrs.groups);
    view.fan_in_ = view.patch_size_ / view.groups_;
  } else if (node.op == ops::ids::kDepthwiseConv2d) {
    view.SetWindow(graph, node, node.attrs.As<ops::DepthwiseConv2dAttrs>());
    view.is_depthwise_ = true;
    view.groups_ = view.in_channels_;
    view.fan_in_ = view.patch_size_ / view.in_channels_;
  } else if (node.op == ops::ids::kFullyConnected) {
    const Shape& w = graph.value(node.inputs[1]).shape;
    view.channels_ = static_cast<size_t>(w[0]);
    view.fan_in_ = view.patch_size_ = view.in_channels_ = static_cast<size_t>(w[1]);
    view.rows_ = graph.value(node.inputs[0]).shape.elems() / view.fan_in_;
  } else {
    return std::nullopt;
  }
  return view;
}

void LayerView::ReadPatch(std::span<const float> x, size_t row, std::span<float> patch) const {
  // A fully connected layer is a window of one pixel over an image as high as there are rows.
  const Window& w = window_;
  const auto at = static_cast<int64_t>(row);
  const auto c = static_cast<int64_t>(in_channels_);
  if (w.kernel_h == 1 && w.kernel_w == 1 && w.height == 1 && w.out_height == 1 && w.width == 1) {
    std::copy_n(x.begin() + at * c, c, patch.begin());
    return;
  }
  const int64_t j = at % w.out_width, i = at / w.out_width % w.out_height, n = at / w.out_width / w.out_height;
  float* out = patch.data();
  for (int64_t p = 0; p < w.kernel_h; ++p) {
    const int64_t y_in = i * w.stride_h + p * w.dilation_h - w.pad_top;
    for (int64_t q = 0; q < w.kernel_w; ++q, out += c) {
      const int64_t x_in = j * w.stride_w + q * w.dilation_w - w.pad_left;
      const bool is_inside = y_in >= 0 && y_in < w.height && x_in >= 0 && x_in < w.width;
      if (is_inside) {
        std::copy_n(x.begin() + ((n * w.height + y_in) * w.width + x_in) * c, c, out);
      } else {
        std::fill_n(out, c, 0.0f);
      }
    }
  }
}

}  // namespace verge::quant
