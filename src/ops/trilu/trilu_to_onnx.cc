#include "export/onnx/emitter.h"
#include "ops/trilu/trilu.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitTrilu(Emitter& e) {
  const auto& a = e.Attrs<TriluAttrs>();
  e.NeedOpset(14);
  const TensorId k = e.b.Constant(DType::kI64, Shape(), ir::Buffer::CopyOf(&a.k, sizeof(a.k)));
  e.Put(0, e.Emit("Trilu", {e.Get(0), k}, {{"upper", int64_t{a.upper}}}));
}

}  // namespace

extern const to_onnx::Exporter kTriluToOnnx = {.emit = EmitTrilu};

}  // namespace verge::ops
