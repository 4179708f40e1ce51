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

// The angle of (b, a): atan(a / b), turned by half a circle where b is negative; the angle of (0, 0) is 0.
TensorId Atan2(Emitter& e, TensorId a, TensorId b) {
  const DType type = e.In(0).quant.scales.empty() ? e.In(0).dtype : DType::kF32;
  const auto number = [&](double value) { return e.b.Scalar(type, value); };
  const TensorId angle = e.Emit("Atan", {e.Emit("Div", {a, b})});
  const TensorId defined = e.Emit("Where", {e.Emit("IsNaN", {angle}), number(0), angle});
  constexpr double kPi = 3.14159265358979323846;
  const TensorId half = e.Emit("Where", {e.Emit("Less", {a, number(0)}), number(-kPi), number(kPi)});
  const TensorId is_left = e.Emit("Less", {b, number(0)});
  return e.Emit("Add", {defined, e.Emit("Where", {is_left, half, number(0)})});
}

TensorId Shift(Emitter& e, const char* direction, TensorId a, TensorId b) {
  const DType type = e.In(0).dtype;
  const bool is_signed = type == DType::kI8 || type == DType::kI16 || type == DType::kI32 || type == DType::kI64;
  if (is_signed) e.Unsupported("shifts signed integers, which ONNX does not");
  return e.Emit("BitShift", {a, b}, {{"direction", direction}});
}

void EmitBinary(Emitter& e) {
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
    case BinaryKind::kShiftLeft: y = Shift(e, "LEFT", a, b); break;
    case BinaryKind::kShiftRight: y = Shift(e, "RIGHT", a, b); break;
    case BinaryKind::kAtan2: y = Atan2(e, a, b); break;
    case BinaryKind::kAnd: y = Bits(e, "And", a, b); break;
    case BinaryKind::kOr: y = Bits(e, "Or", a, b); break;
    default: y = Bits(e, "Xor", a, b); break;
  }
  e.Put(0, y, perm);
}

}  // namespace

extern const to_onnx::Exporter kBinaryToOnnx = {.emit = EmitBinary};

}  // namespace verge::ops
