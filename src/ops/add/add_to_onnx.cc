#include "export/onnx/emitter.h"
#include "ops/add/add.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitAdd(Emitter& e) { e.MapTwo("Add", e.Attrs<AddAttrs>().activation); }

}  // namespace

extern const to_onnx::Exporter kAddToOnnx = {.emit = EmitAdd};

}  // namespace verge::ops
