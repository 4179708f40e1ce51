#include "export/onnx/emitter.h"

#include <array>

namespace verge::to_onnx {
namespace {

bool SameQuant(const ir::Quant& a, const ir::Quant& b) {
  return a.scales == b.scales && a.zero_points == b.zero_points && (a.scales.size() <= 1 || a.axis == b.axis);
}

// Whether all quantised values of the node mean the same by a number.
bool AgreeOnNumbers(const ir::Graph& graph, const ir::Node& node) {
  const ir::Quant* first = nullptr;
  for (const std::vector<ValueId>* ids : {&node.inputs, &node.outputs}) {
    for (const ValueId id : *ids) {
      if (id == ir::kNoValue || graph.value(id).quant.scales.empty()) continue;
      const ir::Quant& quant = graph.value(id).quant;
      if (quant.scales.size() > 1) return false;
      if (first != nullptr && !SameQuant(*first, quant)) return false;
      first = &quant;
    }
  }
  const bool output_is_real = !node.outputs.empty() && graph.value(node.outputs[0]).quant.scales.empty();
  return first == nullptr || !output_is_real;
}

// Whether every number that the value can hold lies in the range: quantising clamps then, and another clamp only hides
// from other tools that they may fuse.
bool HoldsOnly(const ir::Value& value, const ops::ActivationRange& range) {
  if (value.quant.scales.size() != 1 || value.dtype == DType::kI32) return false;
  const bool is_byte = DTypeBytes(value.dtype) == 1;
  const float bottom = value.dtype == DType::kU8 ? 0.0f : is_byte ? -128.0f : -32768.0f;
  const float top = value.dtype == DType::kU8 ? 255.0f : is_byte ? 127.0f : 32767.0f;
  const float scale = value.quant.scales[0];
  const float zero = value.quant.zero_points.empty() ? 0.0f : static_cast<float>(value.quant.zero_points[0]);
  const float half = scale / 2;  // what rounds to the last step
  return (bottom - zero) * scale >= range.lo - half && (top - zero) * scale <= range.hi + half;
}

}  // namespace

Emitter::Emitter(Builder& builder, const ir::Node& emitted, int opset_version, bool moves_data)
    : b(builder),
      node(emitted),
      opset(opset_version),
      stored_(moves_data && AgreeOnNumbers(builder.graph(), emitted)) {}

TensorId Emitter::Get(size_t i) {
  if (!Has(i)) return kNoTensor;
  return Get(i, Identity(In(i).shape.rank()));
}

TensorId Emitter::Get(size_t i, const Perm& perm) {
  if (!Has(i)) return kNoTensor;
  return stored_ ? b.Get(node.inputs[i], perm) : b.GetReal(node.inputs[i], perm);
}

TensorId Emitter::GetStored(size_t i) { return b.Get(node.inputs[i], Identity(In(i).shape.rank())); }

void Emitter::PutStored(size_t i, TensorId tensor) { b.Put(node.outputs[i], Identity(Out(i).shape.rank()), tensor); }

void Emitter::Put(size_t i, TensorId tensor) { Put(i, tensor, Identity(Out(i).shape.rank())); }

void Emitter::Put(size_t i, TensorId tensor, const Perm& perm) {
  if (node.outputs[i] == ir::kNoValue) return;
  if (stored_) return b.Put(node.outputs[i], perm, tensor);
  b.PutReal(node.outputs[i], perm, tensor);
}

Perm Emitter::Agree() const {
  const int rank = Out().shape.rank();
  Perm best = Identity(rank);
  double best_cost = -1;
  const auto cost_of = [&](const Perm& perm) {
    double cost = 0;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!Has(i) || In(i).is_constant()) continue;
      const bool is_free = In(i).shape.rank() == rank ? b.Holds(node.inputs[i], perm) : IsIdentity(perm);
      if (!is_free) cost += static_cast<double>(In(i).shape.elems());
    }
    return cost;
  };
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!Has(i) || In(i).is_constant() || In(i).shape.rank() != rank) continue;
    const Perm perm = Native(i);
    const double cost = cost_of(perm);
    if (best_cost < 0 || cost < best_cost) {
      best = perm;
      best_cost = cost;
    }
  }
  return best;
}

TensorId Emitter::GetBroadcast(size_t i, const Perm& perm) {
  const int rank = static_cast<int>(perm.size());
  const Shape& shape = In(i).shape;
  if (shape.rank() == rank) return Get(i, perm);
  const TensorId x = Get(i);
  if (IsIdentity(perm) || shape.elems() == 1) return x;
  std::vector<int64_t> dims(static_cast<size_t>(rank - shape.rank()), 1);
  dims.insert(dims.end(), shape.dims().begin(), shape.dims().end());
  return b.Transpose(b.Reshape(x, dims), perm);
}

TensorId Emitter::Cast(TensorId x, DType to) { return Emit("Cast", {x}, {{"to", OnnxType(to)}}); }

TensorId Emitter::Activate(TensorId x, int32_t activation) {
  if (activation == ops::kNoActivation || HoldsOnly(Out(), ops::RangeOf(activation))) return x;
  if (activation == ops::kActivationRelu) return Emit("Relu", {x});
  const ops::ActivationRange range = ops::RangeOf(activation);
  return Emit("Clip", {x, b.Scalar(DType::kF32, static_cast<double>(range.lo)),
                       b.Scalar(DType::kF32, static_cast<double>(range.hi))});
}

void Emitter::Map(const char* op, std::vector<Attr> attrs) {
  const Perm perm = Native();
  Put(0, Emit(op, {Get(0, perm)}, std::move(attrs)), perm);
}

void Emitter::MapTwo(const char* op, int32_t activation) {
  const Perm perm = Agree();
  const TensorId a = GetBroadcast(0, perm);
  const TensorId y = Emit(op, {a, GetBroadcast(1, perm)});
  Put(0, Activate(y, activation), perm);
}

int64_t OnnxType(DType dtype) {
  // In the order of DType.
  constexpr std::array<int64_t, kDTypeCount> kCodes = {1, 10, 16, 3, 2, 5, 6, 7, 9, 11, 4, 12, 13};
  return kCodes[static_cast<size_t>(dtype)];
}

std::vector<int64_t> ToVector(const ops::IntList& list) {
  return {list.values.begin(), list.values.begin() + list.size};
}

}  // namespace verge::to_onnx
