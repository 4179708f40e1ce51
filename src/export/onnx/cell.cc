#include "export/onnx/cell.h"

#include "ops/cell_activation.h"

namespace verge::to_onnx {

using ops::CellActivation;

const char* CellFunction(int32_t activation) {
  switch (static_cast<CellActivation>(activation)) {
    case CellActivation::kRelu: return "Relu";
    case CellActivation::kTanh: return "Tanh";
    case CellActivation::kSigmoid: return "Sigmoid";
    default: return nullptr;
  }
}

TensorId ApplyCellFunction(Emitter& e, int32_t activation, TensorId x) {
  const auto clip = [&](double low, double high) {
    return e.Emit("Clip", {x, e.b.Scalar(DType::kF32, low), e.b.Scalar(DType::kF32, high)});
  };
  switch (static_cast<CellActivation>(activation)) {
    case CellActivation::kNone: return x;
    case CellActivation::kReluN1To1: return clip(-1, 1);
    case CellActivation::kRelu6: return clip(0, 6);
    default: return e.Emit(CellFunction(activation), {x});
  }
}

Sequence ReadSequence(Emitter& e, size_t input, bool is_time_major) {
  const Shape& x = e.Dims(input);
  if (x.rank() == 2) return {e.b.Reshape(e.Get(input), {1, x[0], x[1]}), x[0]};
  if (is_time_major) return {e.Get(input), x[1]};
  return {e.Get(input, {1, 0, 2}), x[0]};
}

void PutSequence(Emitter& e, TensorId y, bool is_time_major) {
  const Shape& shape = e.Out().shape;
  if (shape.rank() == 2) return e.Put(0, e.b.Reshape(y, {shape[0], shape[1]}));
  const int64_t steps = is_time_major ? shape[0] : shape[1];
  const int64_t batch = is_time_major ? shape[1] : shape[0];
  const TensorId plain = e.b.Reshape(y, {steps, batch, shape[2]});
  e.Put(0, plain, is_time_major ? Identity(3) : Perm{1, 0, 2});
}

}  // namespace verge::to_onnx
