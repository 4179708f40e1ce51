#include "export/onnx/emitter.h"
#include "ops/non_zero/non_zero.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void Emit(Emitter& e) { e.Put(0, e.Emit("NonZero", {e.Get(0)})); }

}  // namespace

extern const to_onnx::Exporter kNonZeroToOnnx = {.emit = Emit};

}  // namespace verge::ops
