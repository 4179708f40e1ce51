#include "export/onnx/emitter.h"
#include "ops/relu/relu.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitRelu(Emitter& e) { e.Map("Relu"); }

}  // namespace

extern const to_onnx::Exporter kReluToOnnx = {.emit = EmitRelu};

}  // namespace verge::ops
