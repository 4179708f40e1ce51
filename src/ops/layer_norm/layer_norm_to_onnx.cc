#include "export/onnx/emitter.h"
#include "ops/layer_norm/layer_norm.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// What LayerNormalization is before opset 17. ReduceMean has its axes as an attribute then.
TensorId InParts(Emitter& e, TensorId x) {
  const auto mean = [&](TensorId of) {
    return e.Emit("ReduceMean", {of}, {{"axes", std::vector<int64_t>{-1}}, {"keepdims", int64_t{1}}});
  };
  const TensorId centred = e.Emit("Sub", {x, mean(x)});
  const auto epsilon = static_cast<double>(e.Attrs<LayerNormAttrs>().epsilon);
  const TensorId variance = e.Emit("Add", {mean(e.Emit("Mul", {centred, centred})), e.b.Scalar(DType::kF32, epsilon)});
  TensorId y = e.Emit("Div", {centred, e.Emit("Sqrt", {variance})});
  if (e.Has(1)) y = e.Emit("Mul", {y, e.Get(1)});
  return e.Has(2) ? e.Emit("Add", {y, e.Get(2)}) : y;
}

// ONNX wants a scale.
TensorId Ones(Emitter& e) {
  const int64_t width = e.Dims(0)[e.Dims(0).rank() - 1];
  return e.b.Floats(std::vector<float>(static_cast<size_t>(width), 1.0f));
}

void EmitLayerNorm(Emitter& e) {
  const TensorId x = e.Get(0);
  if (e.opset < 17) return e.Put(0, InParts(e, x));
  std::vector<TensorId> inputs = {x, e.Has(1) ? e.Get(1) : Ones(e)};
  if (e.Has(2)) inputs.push_back(e.Get(2));
  e.Put(0,
        e.Emit("LayerNormalization", inputs, {{"axis", int64_t{-1}}, {"epsilon", e.Attrs<LayerNormAttrs>().epsilon}}));
}

}  // namespace

extern const to_onnx::Exporter kLayerNormToOnnx = {.emit = EmitLayerNorm};

}  // namespace verge::ops
