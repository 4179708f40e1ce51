#include "export/onnx/emitter.h"
#include "ops/reverse_sequence/reverse_sequence.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitReverseSequence(Emitter& e) {
  const auto& a = e.Attrs<ReverseSequenceAttrs>();
  e.Put(0, e.Emit("ReverseSequence", {e.Get(0), e.Get(1)}, {{"time_axis", a.time_axis}, {"batch_axis", a.batch_axis}}));
}

}  // namespace

extern const to_onnx::Exporter kReverseSequenceToOnnx = {.emit = EmitReverseSequence, .moves_data = true};

}  // namespace verge::ops
