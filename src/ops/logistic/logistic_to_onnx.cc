#include "export/onnx/emitter.h"
#include "ops/logistic/logistic.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitLogistic(Emitter& e) { e.Map("Sigmoid"); }

}  // namespace

extern const to_onnx::Exporter kLogisticToOnnx = {.emit = EmitLogistic};

}  // namespace verge::ops
