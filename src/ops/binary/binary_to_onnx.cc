#include "export/onnx/emitter.h"
#include "ops/binary/binary.h"
#include "ops/elem.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

const char* NameOf(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::kAdd: return "Add";
    case BinaryKind::kSub: return "Sub";
    case BinaryKind::kMul: return "Mul";
    case BinaryKind::kDiv: return "Div";
    case BinaryKind::kPow: return "Pow";
    case BinaryKind::kMin: return "Min";
    case BinaryKind::kMax: return "Max";
    default: return nullptr;
  }
}

// Floats: a - floor(a / b) b; ONNX has only the one with the sign of a.
TensorId Modulo(Emitter& e, bool c_rule, bool is_float, TensorId a, TensorId b) {
  if (!is_float || c_rule) return e.Emit("Mod", {a, b}, {{"fmod", int64_t{c_rule}}});
  return e.Emit("Sub", {a, e.Emit("Mul", {e.Emit("Floor", {e.Emit("Div", {a, b})}), b})});
}

// PRelu wants a slope that broadcasts to x.
TensorId Prelu(Emitter& e, TensorId a, TensorId b) {
  if (e.Out().shape == e.Dims(0)) return e.Emit("PRelu", {a, b});
  const TensorId is_negative = e.Emit("Less", {a, e.b.Scalar(e.In(0).dtype, 0)});
  return e.Emit("Where", {is_negative, e.Emit("Mul", {a, b}), a});
}

// and, or, xor: by bits since opset 18, logical before.
TensorId Bits(Emitter& e, const char* name, TensorId a, TensorId b) {
  if (e.In(0).dtype == DType::kBool) return e.Emit(name, {a, b});
  e.NeedOpset(18);
  return e.Emit((std::string("Bitwise") + name).c_str(), {a, b});
}

void Emit(Emitter& e) {
  const auto kind = static_cast<BinaryKind>(e.Attrs<BinaryAttrs>().kind);
  if (const char* name = NameOf(kind)) return e.MapTwo(name);
  const Perm perm = e.Agree();
  const TensorId a = e.GetBroadcast(0, perm);
  const TensorId b = e.GetBroadcast(1, perm);
  const bool is_float = IsFloatDType(e.In(0).dtype) || !e.In(0).quant.scales.empty();
  TensorId y = to_onnx::kNoTensor;
  switch (kind) {
    case BinaryKind::kMod: y = Modulo(e, false, is_float, a, b); break;
    case BinaryKind::kFmod: y = Modulo(e, true, is_float, a, b); break;
    case BinaryKind::kPrelu: y = Prelu(e, a, b); break;
    case BinaryKind::kShiftLeft: y = e.Emit("BitShift", {a, b}, {{"direction", "LEFT"}}); break;
    case BinaryKind::kShiftRight: y = e.Emit("BitShift", {a, b}, {{"direction", "RIGHT"}}); break;
    case BinaryKind::kAnd: y = Bits(e, "And", a, b); break;
    case BinaryKind::kOr: y = Bits(e, "Or", a, b); break;
    default: y = Bits(e, "Xor", a, b); break;
  }
  e.Put(0, y, perm);
}

}  // namespace

extern const to_onnx::Exporter kBinaryToOnnx = {.emit = Emit};

}  // namespace verge::ops
