#include <algorithm>

#include "export/onnx/emitter.h"
#include "ops/unary/unary.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

struct Row {
  UnaryKind kind;
  const char* name;
  const char* alpha = nullptr;  // the attribute that alpha becomes
  const char* beta = nullptr;
};

constexpr Row kRows[] = {
    {UnaryKind::kAbs, "Abs"},
    {UnaryKind::kNeg, "Neg"},
    {UnaryKind::kSign, "Sign"},
    {UnaryKind::kNot, "Not"},
    {UnaryKind::kBitNot, "BitwiseNot"},
    {UnaryKind::kExp, "Exp"},
    {UnaryKind::kLog, "Log"},
    {UnaryKind::kSqrt, "Sqrt"},
    {UnaryKind::kReciprocal, "Reciprocal"},
    {UnaryKind::kSin, "Sin"},
    {UnaryKind::kCos, "Cos"},
    {UnaryKind::kTan, "Tan"},
    {UnaryKind::kAsin, "Asin"},
    {UnaryKind::kAcos, "Acos"},
    {UnaryKind::kAtan, "Atan"},
    {UnaryKind::kSinh, "Sinh"},
    {UnaryKind::kCosh, "Cosh"},
    {UnaryKind::kTanh, "Tanh"},
    {UnaryKind::kAsinh, "Asinh"},
    {UnaryKind::kAcosh, "Acosh"},
    {UnaryKind::kAtanh, "Atanh"},
    {UnaryKind::kErf, "Erf"},
    {UnaryKind::kCeil, "Ceil"},
    {UnaryKind::kFloor, "Floor"},
    {UnaryKind::kRound, "Round"},
    {UnaryKind::kSigmoid, "Sigmoid"},
    {UnaryKind::kRelu, "Relu"},
    {UnaryKind::kLeakyRelu, "LeakyRelu", "alpha"},
    {UnaryKind::kElu, "Elu", "alpha"},
    {UnaryKind::kSelu, "Selu", "alpha", "gamma"},
    {UnaryKind::kCelu, "Celu", "alpha"},
    {UnaryKind::kHardSigmoid, "HardSigmoid", "alpha", "beta"},
    {UnaryKind::kThresholdedRelu, "ThresholdedRelu", "alpha"},
    {UnaryKind::kSoftplus, "Softplus"},
    {UnaryKind::kSoftsign, "Softsign"},
    {UnaryKind::kShrink, "Shrink", "lambd", "bias"},
    {UnaryKind::kIsNan, "IsNaN"},
};

// x (1 + erf(x / sqrt(2))) / 2
TensorId Gelu(Emitter& e, TensorId x, DType type) {
  const TensorId inner = e.Emit("Erf", {e.Emit("Mul", {x, e.b.Scalar(type, 0.70710678118654752)})});
  const TensorId share = e.Emit("Mul", {e.Emit("Add", {inner, e.b.Scalar(type, 1)}), e.b.Scalar(type, 0.5)});
  return e.Emit("Mul", {x, share});
}

// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
TensorId GeluTanh(Emitter& e, TensorId x, DType type) {
  if (e.opset >= 20) return e.Emit("Gelu", {x}, {{"approximate", "tanh"}});
  const TensorId cube = e.Emit("Mul", {e.Emit("Mul", {e.Emit("Mul", {x, x}), x}), e.b.Scalar(type, 0.044715)});
  const TensorId inner = e.Emit("Mul", {e.Emit("Add", {x, cube}), e.b.Scalar(type, 0.79788456080286536)});
  const TensorId share = e.Emit("Add", {e.Emit("Tanh", {inner}), e.b.Scalar(type, 1)});
  return e.Emit("Mul", {e.Emit("Mul", {x, e.b.Scalar(type, 0.5)}), share});
}

TensorId IsInf(Emitter& e, TensorId x) {
  const auto& a = e.Attrs<UnaryAttrs>();
  return e.Emit("IsInf", {x}, {{"detect_negative", int64_t{a.alpha != 0}}, {"detect_positive", int64_t{a.beta != 0}}});
}

TensorId HardSwish(Emitter& e, TensorId x) {
  if (e.opset >= 14) return e.Emit("HardSwish", {x});
  const TensorId share = e.Emit("HardSigmoid", {x}, {{"alpha", 1.0f / 6.0f}, {"beta", 0.5f}});
  return e.Emit("Mul", {x, share});
}

void EmitUnary(Emitter& e) {
  const auto& a = e.Attrs<UnaryAttrs>();
  const auto kind = static_cast<UnaryKind>(a.kind);
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.kind == kind; });
  if (kind == UnaryKind::kBitNot) e.NeedOpset(18);
  if (row != std::end(kRows)) {
    std::vector<to_onnx::Attr> attrs;
    if (row->alpha != nullptr) attrs.push_back({row->alpha, a.alpha});
    if (row->beta != nullptr) attrs.push_back({row->beta, a.beta});
    return e.Map(row->name, attrs);
  }
  const Perm perm = e.Native();
  const TensorId x = e.Get(0, perm);
  const DType type = e.In(0).quant.scales.empty() ? e.In(0).dtype : DType::kF32;
  TensorId y = to_onnx::kNoTensor;
  switch (kind) {
    case UnaryKind::kGelu: y = Gelu(e, x, type); break;
    case UnaryKind::kGeluTanh: y = GeluTanh(e, x, type); break;
    case UnaryKind::kSilu: y = e.Emit("Mul", {x, e.Emit("Sigmoid", {x})}); break;
    case UnaryKind::kMish: y = e.Emit("Mul", {x, e.Emit("Tanh", {e.Emit("Softplus", {x})})}); break;
    case UnaryKind::kHardSwish: y = HardSwish(e, x); break;
    case UnaryKind::kReluN1To1: y = e.Emit("Clip", {x, e.b.Scalar(type, -1), e.b.Scalar(type, 1)}); break;
    case UnaryKind::kIsInf: y = IsInf(e, x); break;
    default: return e.Unsupported(std::string("of kind ") + kUnaryKindNames[a.kind] + " has no form in ONNX");
  }
  e.Put(0, y, perm);
}

}  // namespace

extern const to_onnx::Exporter kUnaryToOnnx = {.emit = EmitUnary};

}  // namespace verge::ops
