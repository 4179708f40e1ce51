#include "export/onnx/emitter.h"
#include "ops/mul/mul.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitMul(Emitter& e) { e.MapTwo("Mul", e.Attrs<MulAttrs>().activation); }

}  // namespace

extern const to_onnx::Exporter kMulToOnnx = {.emit = EmitMul};

}  // namespace verge::ops
