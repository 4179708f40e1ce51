#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/conv_nd/conv_nd.h"

namespace verge::ops {
namespace {

using to_onnx::ChannelsFirst;
using to_onnx::Emitter;
using to_onnx::Perm;

// ONNX convolves floats only: whole numbers go through f64, which holds their products exactly.
void EmitConvNd(Emitter& e) {
  const auto& a = e.Attrs<ConvNdAttrs>();
  const Perm first = ChannelsFirst(e.Dims(0).rank());
  const to_onnx::Window window = to_onnx::WindowOf(a.window, to_onnx::SpatialDims(e.Dims(1)));
  e.Put(0, to_onnx::EmitConv(e, window, a.groups, e.Get(1, first)), first);
}

}  // namespace

extern const to_onnx::Exporter kConvNdToOnnx = {.emit = EmitConvNd};

}  // namespace verge::ops
