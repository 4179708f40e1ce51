#include "export/onnx/emitter.h"
#include "ops/scatter_elements/scatter_elements.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitScatterElements(Emitter& e) {
  const auto& a = e.Attrs<ScatterElementsAttrs>();
  std::vector<to_onnx::Attr> attrs = {{"axis", a.axis}};
  if (a.kind != 0) {
    e.NeedOpset(a.kind >= 3 ? 18 : 16);  // max, min: 18
    attrs.push_back({"reduction", std::string(kScatterKindNames[a.kind])});
  }
  e.Put(0, e.Emit("ScatterElements", {e.Get(0), e.Get(1), e.Get(2)}, attrs));
}

}  // namespace

extern const to_onnx::Exporter kScatterElementsToOnnx = {.emit = EmitScatterElements};

}  // namespace verge::ops
