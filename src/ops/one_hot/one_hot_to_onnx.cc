#include "export/onnx/emitter.h"
#include "ops/one_hot/one_hot.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitOneHot(Emitter& e) {
  const auto& a = e.Attrs<OneHotAttrs>();
  e.Put(0, e.Emit("OneHot", {e.Get(0), e.b.Ints({a.depth}), e.Get(1)}, {{"axis", a.axis}}));
}

}  // namespace

extern const to_onnx::Exporter kOneHotToOnnx = {.emit = EmitOneHot};

}  // namespace verge::ops
