#include "export/onnx/emitter.h"
#include "ops/scatter_nd/scatter_nd.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitScatterNd(Emitter& e) {
  const auto& a = e.Attrs<ScatterNdAttrs>();
  const TensorId indices = e.In(1).dtype == DType::kI64 ? e.Get(1) : e.Cast(e.Get(1), DType::kI64);
  std::vector<to_onnx::Attr> attrs;
  if (a.kind != 0) {
    e.NeedOpset(a.kind >= 3 ? 18 : 16);  // max, min: 18
    attrs.push_back({"reduction", std::string(kScatterKindNames[a.kind])});
  }
  e.Put(0, e.Emit("ScatterND", {e.Get(0), indices, e.Get(2)}, attrs));
}

}  // namespace

extern const to_onnx::Exporter kScatterNdToOnnx = {.emit = EmitScatterNd};

}  // namespace verge::ops
