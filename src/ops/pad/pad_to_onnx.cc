#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/pad/pad.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// Works on what is stored, as `value` does. Pad has no 16-bit integers everywhere, so they go through 32 bits.
void EmitPad(Emitter& e) {
  const auto& a = e.Attrs<PadAttrs>();
  const Perm perm = e.Native();
  if (perm.empty()) return e.Put(0, e.Emit("Identity", {e.Get(0)}));
  const DType type = e.In(0).dtype;
  const bool is_narrow = type == DType::kI16 || type == DType::kU16;
  const TensorId value = e.b.Scalar(is_narrow ? DType::kI32 : type, static_cast<double>(a.value));
  const TensorId x = is_narrow ? e.Cast(e.Get(0, perm), DType::kI32) : e.Get(0, perm);
  const TensorId y = e.Emit("Pad", {x, e.b.Ints(to_onnx::PadWidths(a.before, a.after, perm)), value});
  e.Put(0, is_narrow ? e.Cast(y, type) : y, perm);
}

}  // namespace

extern const to_onnx::Exporter kPadToOnnx = {.emit = EmitPad, .moves_data = true};

}  // namespace verge::ops
