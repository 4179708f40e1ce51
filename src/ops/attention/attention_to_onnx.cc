#include <utility>

#include "export/onnx/emitter.h"
#include "ops/attention/attention.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// Its parts, which every version and every engine knows.
void EmitAttention(Emitter& e) {
  const auto& a = e.Attrs<AttentionAttrs>();
  Perm perm = to_onnx::Identity(e.Dims(1).rank());
  if (!a.transposed_k) std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  TensorId scores = e.Emit("MatMul", {e.Get(0), e.Get(1, perm)});
  if (a.scale != 1) scores = e.Emit("Mul", {scores, e.b.Scalar(DType::kF32, static_cast<double>(a.scale))});
  if (e.Has(3)) scores = e.Emit("Add", {scores, e.Get(3)});
  const TensorId shares = e.Emit("Softmax", {scores}, {{"axis", int64_t{e.Dims(0).rank() - 1}}});
  e.Put(0, e.Emit("MatMul", {shares, e.Get(2)}));
}

}  // namespace

extern const to_onnx::Exporter kAttentionToOnnx = {.emit = EmitAttention};

}  // namespace verge::ops
