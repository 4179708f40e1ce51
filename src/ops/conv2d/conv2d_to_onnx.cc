#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/conv2d/conv2d.h"

namespace verge::ops {
namespace {

using to_onnx::ChannelsFirst;
using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

void EmitConv2d(Emitter& e) {
  const auto& a = e.Attrs<Conv2dAttrs>();
  const Perm first = ChannelsFirst(4);
  const to_onnx::Window window = to_onnx::Window2d(e.Dims(1)[1], e.Dims(1)[2], a);
  const TensorId y = to_onnx::EmitConv(e, window, a.groups, e.Get(1, first));
  e.Put(0, e.Activate(y, a.activation), first);
}

}  // namespace

extern const to_onnx::Exporter kConv2dToOnnx = {.emit = EmitConv2d};

}  // namespace verge::ops
