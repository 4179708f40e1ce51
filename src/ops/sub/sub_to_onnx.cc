#include "export/onnx/emitter.h"
#include "ops/sub/sub.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitSub(Emitter& e) { e.MapTwo("Sub", e.Attrs<SubAttrs>().activation); }

}  // namespace

extern const to_onnx::Exporter kSubToOnnx = {.emit = EmitSub};

}  // namespace verge::ops
