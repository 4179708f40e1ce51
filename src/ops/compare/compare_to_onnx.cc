#include "export/onnx/emitter.h"
#include "ops/compare/compare.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

void EmitCompare(Emitter& e) {
  constexpr const char* kNames[] = {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"};
  const auto kind = static_cast<CompareKind>(e.Attrs<CompareAttrs>().kind);
  const Perm perm = e.Agree();
  const TensorId a = e.GetBroadcast(0, perm);
  const TensorId y = e.Emit(kNames[static_cast<size_t>(kind)], {a, e.GetBroadcast(1, perm)});
  e.Put(0, kind == CompareKind::kNotEqual ? e.Emit("Not", {y}) : y, perm);
}

}  // namespace

extern const to_onnx::Exporter kCompareToOnnx = {.emit = EmitCompare};

}  // namespace verge::ops
