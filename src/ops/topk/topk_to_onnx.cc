#include "export/onnx/emitter.h"
#include "ops/topk/topk.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitTopk(Emitter& e) {
  const auto& a = e.Attrs<TopkAttrs>();
  const std::vector<TensorId> out =
      e.b.EmitMany("TopK", {e.Get(0), e.b.Ints({a.k})}, 2, {{"axis", a.axis}, {"largest", int64_t{a.largest}}});
  e.Put(0, out[0]);
  e.Put(1, out[1]);
}

}  // namespace

extern const to_onnx::Exporter kTopkToOnnx = {.emit = EmitTopk};

}  // namespace verge::ops
