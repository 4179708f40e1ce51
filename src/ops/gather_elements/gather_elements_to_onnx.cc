#include "export/onnx/emitter.h"
#include "ops/gather_elements/gather_elements.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitGatherElements(Emitter& e) {
  e.Put(0, e.Emit("GatherElements", {e.Get(0), e.Get(1)}, {{"axis", e.Attrs<GatherElementsAttrs>().axis}}));
}

}  // namespace

extern const to_onnx::Exporter kGatherElementsToOnnx = {.emit = EmitGatherElements, .moves_data = true};

}  // namespace verge::ops
