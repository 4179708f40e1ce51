#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/avg_pool2d/avg_pool2d.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitAvgPool2d(Emitter& e) { to_onnx::EmitPool2d(e, "AveragePool"); }

}  // namespace

extern const to_onnx::Exporter kAvgPool2dToOnnx = {.emit = EmitAvgPool2d};

}  // namespace verge::ops
