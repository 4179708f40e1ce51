#include "export/onnx/emitter.h"
#include "ops/concat/concat.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::PlaceOf;
using to_onnx::TensorId;

void EmitConcat(Emitter& e) {
  const Perm perm = e.Agree();
  std::vector<TensorId> parts;
  for (size_t i = 0; i < e.node.inputs.size(); ++i) parts.push_back(e.Get(i, perm));
  e.Put(0, e.Emit("Concat", parts, {{"axis", int64_t{PlaceOf(perm, e.Attrs<ConcatAttrs>().axis)}}}), perm);
}

}  // namespace

extern const to_onnx::Exporter kConcatToOnnx = {.emit = EmitConcat, .moves_data = true};

}  // namespace verge::ops
