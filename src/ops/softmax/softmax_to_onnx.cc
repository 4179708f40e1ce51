#include "export/onnx/emitter.h"
#include "ops/softmax/softmax.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::PlaceOf;
using to_onnx::TensorId;

// ONNX's softmax has no factor: it stands in front.
void EmitSoftmax(Emitter& e) {
  constexpr const char* kNames[] = {"Softmax", "LogSoftmax", "Hardmax"};
  const auto& a = e.Attrs<SoftmaxAttrs>();
  const Perm perm = e.Native();
  const DType type = e.In(0).quant.scales.empty() ? e.In(0).dtype : DType::kF32;
  TensorId x = e.Get(0, perm);
  const bool has_factor = static_cast<SoftmaxKind>(a.kind) == SoftmaxKind::kSoftmax && a.beta != 1;
  if (has_factor) x = e.Emit("Mul", {x, e.b.Scalar(type, static_cast<double>(a.beta))});
  e.Put(0, e.Emit(kNames[a.kind], {x}, {{"axis", int64_t{PlaceOf(perm, a.axis)}}}), perm);
}

}  // namespace

extern const to_onnx::Exporter kSoftmaxToOnnx = {.emit = EmitSoftmax};

}  // namespace verge::ops
