#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/pad/pad.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

void Emit(Emitter& e) {
  const auto& a = e.Attrs<PadAttrs>();
  const Perm perm = e.Native();
  const TensorId value = e.b.Scalar(DType::kF32, static_cast<double>(a.value));
  e.Put(0, e.Emit("Pad", {e.Get(0, perm), e.b.Ints(to_onnx::PadWidths(a.before, a.after, perm)), value}), perm);
}

}  // namespace

extern const to_onnx::Exporter kPadToOnnx = {.emit = Emit};

}  // namespace verge::ops
