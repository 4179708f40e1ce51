#include <utility>

#include "export/onnx/emitter.h"
#include "ops/matmul/matmul.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

TensorId Operand(Emitter& e, size_t i, bool transpose) {
  Perm perm = to_onnx::Identity(e.Dims(i).rank());
  if (transpose) std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return e.Get(i, perm);
}

void EmitMatmul(Emitter& e) {
  const auto& a = e.Attrs<MatmulAttrs>();
  const TensorId left = Operand(e, 0, a.transpose_a);
  e.Put(0, e.Emit("MatMul", {left, Operand(e, 1, a.transpose_b)}));
}

}  // namespace

extern const to_onnx::Exporter kMatmulToOnnx = {.emit = EmitMatmul};

}  // namespace verge::ops
