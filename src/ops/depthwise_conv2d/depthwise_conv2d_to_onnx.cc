#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"

namespace verge::ops {
namespace {

using to_onnx::ChannelsFirst;
using to_onnx::Emitter;
using to_onnx::TensorId;

// The weights [1, kh, kw, oc] are [oc, 1, kh, kw] in ONNX, one group a channel of x.
void EmitDepthwiseConv2d(Emitter& e) {
  const auto& a = e.Attrs<DepthwiseConv2dAttrs>();
  const to_onnx::Window window = to_onnx::Window2d(e.Dims(1)[1], e.Dims(1)[2], a);
  const TensorId y = to_onnx::EmitConv(e, window, e.Dims(0)[3], e.Get(1, {3, 0, 1, 2}));
  e.Put(0, e.Activate(y, a.activation), ChannelsFirst(4));
}

}  // namespace

extern const to_onnx::Exporter kDepthwiseConv2dToOnnx = {.emit = EmitDepthwiseConv2d};

}  // namespace verge::ops
