// What convolutions and pools share.
#pragma once

#include <vector>

#include "export/onnx/emitter.h"
#include "ops/window_nd.h"

namespace verge::to_onnx {

// One number a spatial dimension.
struct Window {
  std::vector<int64_t> kernel;
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;
  std::vector<int64_t> before;
  std::vector<int64_t> after;
};

std::vector<int64_t> ToVector(const ops::SpatialInts& ints);
// The spatial dimensions of [n, spatial..., c].
std::vector<int64_t> SpatialDims(const Shape& shape);
Window WindowOf(const ops::WindowNd& window, std::vector<int64_t> kernel);
// From the attributes of conv2d and depthwise_conv2d.
template <typename Attrs>
Window Window2d(int64_t height, int64_t width, const Attrs& a) {
  return {{height, width},
          {a.stride_h, a.stride_w},
          {a.dilation_h, a.dilation_w},
          {a.pad_top, a.pad_left},
          {a.pad_bottom, a.pad_right}};
}

// kernel_shape, strides, dilations, pads.
std::vector<Attr> WindowAttrs(const Window& window);
// The `pads` of Pad for a tensor in this order of dimensions.
std::vector<int64_t> PadWidths(const ops::IntList& before, const ops::IntList& after, const Perm& perm);

// The bias in input 2, real; kNoTensor without one. Integers count in products of the scales of x and w.
TensorId GetBias(Emitter& e);
// A Conv of input 0 and, if there is one, the bias in input 2; weights in ONNX's layout. Channels first.
TensorId EmitConv(Emitter& e, const Window& window, int64_t groups, TensorId weights);
void EmitPool2d(Emitter& e, const char* op);

}  // namespace verge::to_onnx
