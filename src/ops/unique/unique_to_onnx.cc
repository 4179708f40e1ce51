#include "export/onnx/emitter.h"
#include "ops/unique/unique.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitUnique(Emitter& e) {
  const auto& a = e.Attrs<UniqueAttrs>();
  const std::vector<TensorId> out =
      e.b.EmitMany("Unique", {e.Get(0)}, 4, {{"axis", a.axis}, {"sorted", int64_t{a.sorted}}});
  for (size_t i = 0; i < out.size(); ++i) e.Put(i, out[i]);
}

}  // namespace

extern const to_onnx::Exporter kUniqueToOnnx = {.emit = EmitUnique};

}  // namespace verge::ops
