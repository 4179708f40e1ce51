#include "export/onnx/emitter.h"
#include "ops/fully_connected_4bit/fully_connected_4bit.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// The weights as real numbers, and a MatMul: ONNX has no product of 4-bit weights. Halves of a byte by a quotient.
void EmitFullyConnected4bit(Emitter& e) {
  const auto& a = e.Attrs<FullyConnected4bitAttrs>();
  const Shape& x = e.Dims(0);
  const Shape& q = e.Dims(1);
  const int64_t n = q[0], blocks = q[1], k = x[x.rank() - 1];
  const auto as_float = [&](size_t i) { return e.Cast(e.Get(i), DType::kF32); };
  const TensorId sixteen = e.b.Scalar(DType::kF32, 16);
  const TensorId bytes = as_float(1);
  const TensorId high = e.Emit("Floor", {e.Emit("Div", {bytes, sixteen})});
  const TensorId low = e.Emit("Sub", {bytes, e.Emit("Mul", {high, sixteen})});
  const auto apart = [&](TensorId half) { return e.b.Reshape(half, {n, blocks, a.block / 2, 1}); };
  TensorId w = e.b.Reshape(e.Emit("Concat", {apart(low), apart(high)}, {{"axis", int64_t{3}}}), {n, blocks, a.block});
  const bool has_zeros = e.Has(3);
  const TensorId zeros = has_zeros ? e.b.Reshape(as_float(3), {n, blocks, 1}) : e.b.Scalar(DType::kF32, 8);
  w = e.Emit("Mul", {e.Emit("Sub", {w, zeros}), e.b.Reshape(e.Get(2), {n, blocks, 1})});
  w = e.b.Reshape(w, {n, blocks * a.block});
  w = e.Emit("Slice", {w, e.b.Ints({0}), e.b.Ints({k}), e.b.Ints({1})});
  TensorId y = e.Emit("MatMul", {e.Get(0), e.Emit("Transpose", {w}, {{"perm", std::vector<int64_t>{1, 0}}})});
  if (e.Has(4)) y = e.Emit("Add", {y, e.Get(4)});
  e.Put(0, e.Activate(y, a.activation));
}

}  // namespace

extern const to_onnx::Exporter kFullyConnected4bitToOnnx = {.emit = EmitFullyConnected4bit};

}  // namespace verge::ops
