#include "export/onnx/window.h"
#include "ops/fully_connected/fully_connected.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// Rows are a Gemm, which vendor tools know best; more dimensions stay in a MatMul.
void EmitFullyConnected(Emitter& e) {
  const auto& a = e.Attrs<FullyConnectedAttrs>();
  const Shape& x = e.Dims(0);
  const TensorId bias = to_onnx::GetBias(e);
  TensorId y = to_onnx::kNoTensor;
  if (a.keep_num_dims && x.rank() != 2) {
    y = e.Emit("MatMul", {e.Get(0), e.Get(1, {1, 0})});
    if (bias != to_onnx::kNoTensor) y = e.Emit("Add", {y, bias});
  } else {
    const Perm native = e.Native();
    const TensorId held = to_onnx::MovesOnlyOnes(x, native) ? e.Get(0, native) : e.Get(0);
    const int64_t width = e.Dims(1)[1];
    const auto rows = static_cast<int64_t>(x.elems()) / width;
    const TensorId flat = x.rank() == 2 && to_onnx::IsIdentity(native) ? held : e.b.Reshape(held, {rows, width});
    y = e.Emit("Gemm", {flat, e.Get(1), bias}, {{"transB", int64_t{1}}});
  }
  e.Put(0, e.Activate(y, a.activation));
}

}  // namespace

extern const to_onnx::Exporter kFullyConnectedToOnnx = {.emit = EmitFullyConnected};

}  // namespace verge::ops
