#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/max_pool2d/max_pool2d.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitMaxPool2d(Emitter& e) { to_onnx::EmitPool2d(e, "MaxPool"); }

}  // namespace

extern const to_onnx::Exporter kMaxPool2dToOnnx = {.emit = EmitMaxPool2d};

}  // namespace verge::ops
