#include "export/onnx/emitter.h"
#include "ops/det/det.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitDet(Emitter& e) { e.Put(0, e.Emit("Det", {e.Get(0)})); }

}  // namespace

extern const to_onnx::Exporter kDetToOnnx = {.emit = EmitDet};

}  // namespace verge::ops
