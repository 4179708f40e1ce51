#include "export/onnx/emitter.h"
#include "ops/gather/gather.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitGather(Emitter& e) {
  e.Put(0, e.Emit("Gather", {e.Get(0), e.Get(1)}, {{"axis", e.Attrs<GatherAttrs>().axis}}));
}

}  // namespace

extern const to_onnx::Exporter kGatherToOnnx = {.emit = EmitGather, .moves_data = true};

}  // namespace verge::ops
