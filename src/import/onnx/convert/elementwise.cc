// Ops that map each element by itself, alone or together with the same element of other inputs.
#include <limits>

#include "import/onnx/convert/tables.h"
#include "ops/elem.h"
#include "ops/relu6/relu6.h"

namespace verge::onnx {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

template <UnaryKind kKind>
void Plain(NodeContext& c) {
  c.Out(0, c.b.Unary(kKind, c.In(0)));
}

void Parametric(NodeContext& c, UnaryKind kind, float alpha, float beta) {
  c.Out(0, c.b.Unary(kind, c.In(0), alpha, beta));
}

void LeakyRelu(NodeContext& c) { Parametric(c, UnaryKind::kLeakyRelu, c.Float("alpha", 0.01f), 0); }
void Elu(NodeContext& c) { Parametric(c, UnaryKind::kElu, c.Float("alpha", 1), 0); }
void Celu(NodeContext& c) { Parametric(c, UnaryKind::kCelu, c.Float("alpha", 1), 0); }
void Selu(NodeContext& c) {
  Parametric(c, UnaryKind::kSelu, c.Float("alpha", 1.67326319217681884765625f),
             c.Float("gamma", 1.05070102214813232421875f));
}
void HardSigmoid(NodeContext& c) {
  Parametric(c, UnaryKind::kHardSigmoid, c.Float("alpha", 0.2f), c.Float("beta", 0.5f));
}
void ThresholdedRelu(NodeContext& c) { Parametric(c, UnaryKind::kThresholdedRelu, c.Float("alpha", 1), 0); }
void Shrink(NodeContext& c) { Parametric(c, UnaryKind::kShrink, c.Float("lambd", 0.5f), c.Float("bias", 0)); }
void IsInf(NodeContext& c) {
  Parametric(c, UnaryKind::kIsInf, static_cast<float>(c.Int("detect_negative", 1)),
             static_cast<float>(c.Int("detect_positive", 1)));
}

void Gelu(NodeContext& c) {
  const bool tanh = c.String("approximate", "none") == "tanh";
  c.Out(0, tanh ? TanhGelu(c.b, c.In(0)) : c.b.Unary(UnaryKind::kGelu, c.In(0)));
}

void Swish(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto alpha = static_cast<double>(c.Float("alpha", 1));
  const ValueId scaled = alpha == 1.0 ? x : b.Mul(x, b.Scalar(b.dtype(x), alpha));
  c.Out(0, b.Mul(x, b.Unary(UnaryKind::kSigmoid, scaled)));
}

// Before opset 7 the second input was stretched only when asked, and could be aligned to an inner axis.
ValueId SecondInput(NodeContext& c) {
  const ValueId y = c.In(1);
  const Attribute* axis = c.Find("axis");
  if (c.opset >= 7 || c.Int("broadcast", 0) == 0 || axis == nullptr) return y;
  const int rank = c.b.rank(c.In(0));
  std::vector<int64_t> dims(c.b.shape(y).dims().begin(), c.b.shape(y).dims().end());
  const int start = c.Axis(axis->i, rank);
  while (c.b.ok() && static_cast<int>(dims.size()) < rank - start) dims.push_back(1);
  return c.b.Reshape(y, dims);
}

template <BinaryKind kKind>
void Two(NodeContext& c) {
  c.Out(0, c.b.Binary(kKind, c.In(0), SecondInput(c)));
}

template <CompareKind kKind>
void Comparison(NodeContext& c) {
  c.Out(0, c.b.Compare(kKind, c.In(0), SecondInput(c)));
}

// The result has the type of the base; mixed types meet in f64, which holds every exponent exactly enough.
void Pow(NodeContext& c) {
  const ValueId x = c.In(0);
  const ValueId y = SecondInput(c);
  const DType type = c.b.dtype(x);
  if (c.b.dtype(y) == type) return c.Out(0, c.b.Binary(BinaryKind::kPow, x, y));
  if (ops::IsFloatDType(type)) return c.Out(0, c.b.Binary(BinaryKind::kPow, x, c.b.Cast(y, type)));
  const ValueId wide = c.b.Binary(BinaryKind::kPow, c.b.Cast(x, DType::kF64), c.b.Cast(y, DType::kF64));
  c.Out(0, c.b.Cast(wide, type));
}

void Mod(NodeContext& c) {
  c.Out(0, c.b.Binary(c.Int("fmod", 0) != 0 ? BinaryKind::kFmod : BinaryKind::kMod, c.In(0), c.In(1)));
}

void BitShift(NodeContext& c) {
  const bool left = c.String("direction", "") == "LEFT";
  c.Out(0, c.b.Binary(left ? BinaryKind::kShiftLeft : BinaryKind::kShiftRight, c.In(0), c.In(1)));
}

// A slope of one number a channel stands along axis 1 in old opsets; since 7 the exporter shapes it to broadcast.
void PRelu(NodeContext& c) {
  const ValueId x = c.In(0);
  ValueId slope = c.In(1);
  if (c.opset < 7 && c.b.rank(slope) == 1 && c.b.rank(x) > 2) {
    std::vector<int64_t> dims(static_cast<size_t>(c.b.rank(x) - 1), 1);
    dims[0] = c.b.Dim(slope, 0);
    slope = c.b.Reshape(slope, dims);
  }
  c.Out(0, c.b.Binary(BinaryKind::kPrelu, x, slope));
}

template <BinaryKind kKind>
ValueId Chain(NodeContext& c) {
  ValueId sum = c.In(0);
  for (size_t i = 1; i < c.input_count(); ++i) sum = c.b.Binary(kKind, sum, c.In(i));
  return sum;
}

template <BinaryKind kKind>
void Many(NodeContext& c) {
  c.Out(0, Chain<kKind>(c));
}

void Mean(NodeContext& c) {
  const ValueId sum = Chain<BinaryKind::kAdd>(c);
  c.Out(0, c.b.Div(sum, c.b.Scalar(c.b.dtype(sum), static_cast<double>(c.input_count()))));
}

void Where(NodeContext& c) { c.Out(0, c.b.Where(c.In(0), c.In(1), c.In(2))); }

// Bounds are attributes before opset 11 and optional inputs since.
void Clip(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto bound = [&](const char* name, size_t i) {
    if (const Attribute* attribute = c.Find(name)) return b.Scalar(b.dtype(x), static_cast<double>(attribute->f));
    return c.Has(i) ? c.In(i) : kNoValue;
  };
  const ValueId low = bound("min", 1);
  const ValueId high = bound("max", 2);
  const auto is = [&](ValueId id, double number) {
    return b.ok() && b.IsConstant(id) && b.shape(id).elems() == 1 && b.Floats(id, "a bound")[0] == number;
  };
  if (b.dtype(x) == DType::kF32 && is(low, 0) && is(high, 6))
    return c.Out(0, b.Op(ops::ids::kRelu6, ops::Relu6Attrs{}, {x}));
  ValueId y = x;
  if (low != kNoValue) y = b.Binary(BinaryKind::kMax, y, low);
  if (high != kNoValue) y = b.Binary(BinaryKind::kMin, y, high);
  c.Out(0, y);
}

void Cast(NodeContext& c) {
  const std::optional<DType> to = DTypeFromOnnx(c.Int("to", 0));
  if (!to) return c.Unsupported("casts to strings or complex numbers are not supported");
  c.Out(0, c.b.Cast(c.In(0), *to));
}

void CastLike(NodeContext& c) { c.Out(0, c.b.Cast(c.In(0), c.b.dtype(c.In(1)))); }

void Identity(NodeContext& c) { c.OutItem(0, c.InItem(0)); }

// Inference: nothing is dropped.
void Dropout(NodeContext& c) {
  if (c.Has(2) && c.b.Ints(c.In(2), "training_mode of Dropout") == std::vector<int64_t>{1}) {
    const bool keeps_all = c.Has(1) && c.b.Floats(c.In(1), "ratio of Dropout") == std::vector<double>{0};
    if (!keeps_all)
      return c.Unsupported("dropout in training mode draws random numbers; export the model for inference");
  }
  c.Out(0, c.In(0));
  if (c.Wants(1)) c.Out(1, c.b.Filled(c.opset < 10 ? c.b.dtype(c.In(0)) : DType::kBool, c.b.shape(c.In(0)), 1));
}

constexpr Converter kRows[] = {
    {"Abs", Plain<UnaryKind::kAbs>, 1},
    {"Neg", Plain<UnaryKind::kNeg>, 1},
    {"Sign", Plain<UnaryKind::kSign>, 9},
    {"Not", Plain<UnaryKind::kNot>, 1},
    {"Exp", Plain<UnaryKind::kExp>, 1},
    {"Log", Plain<UnaryKind::kLog>, 1},
    {"Sqrt", Plain<UnaryKind::kSqrt>, 1},
    {"Reciprocal", Plain<UnaryKind::kReciprocal>, 1},
    {"Sin", Plain<UnaryKind::kSin>, 7},
    {"Cos", Plain<UnaryKind::kCos>, 7},
    {"Tan", Plain<UnaryKind::kTan>, 7},
    {"Asin", Plain<UnaryKind::kAsin>, 7},
    {"Acos", Plain<UnaryKind::kAcos>, 7},
    {"Atan", Plain<UnaryKind::kAtan>, 7},
    {"Sinh", Plain<UnaryKind::kSinh>, 9},
    {"Cosh", Plain<UnaryKind::kCosh>, 9},
    {"Tanh", Plain<UnaryKind::kTanh>, 1},
    {"Asinh", Plain<UnaryKind::kAsinh>, 9},
    {"Acosh", Plain<UnaryKind::kAcosh>, 9},
    {"Atanh", Plain<UnaryKind::kAtanh>, 9},
    {"Erf", Plain<UnaryKind::kErf>, 9},
    {"Ceil", Plain<UnaryKind::kCeil>, 1},
    {"Floor", Plain<UnaryKind::kFloor>, 1},
    {"Round", Plain<UnaryKind::kRound>, 11},
    {"Sigmoid", Plain<UnaryKind::kSigmoid>, 1},
    {"Relu", Plain<UnaryKind::kRelu>, 1},
    {"Softplus", Plain<UnaryKind::kSoftplus>, 1},
    {"Softsign", Plain<UnaryKind::kSoftsign>, 1},
    {"Mish", Plain<UnaryKind::kMish>, 18},
    {"HardSwish", Plain<UnaryKind::kHardSwish>, 14},
    {"Gelu", Gelu, 20},
    {"Swish", Swish, 24},
    {"IsNaN", Plain<UnaryKind::kIsNan>, 9},
    {"IsInf", IsInf, 10},
    {"LeakyRelu", LeakyRelu, 1},
    {"Elu", Elu, 1},
    {"Celu", Celu, 12},
    {"Selu", Selu, 1},
    {"HardSigmoid", HardSigmoid, 1},
    {"ThresholdedRelu", ThresholdedRelu, 10},
    {"Shrink", Shrink, 9},
    {"Add", Two<BinaryKind::kAdd>, 1},
    {"Sub", Two<BinaryKind::kSub>, 1},
    {"Mul", Two<BinaryKind::kMul>, 1},
    {"Div", Two<BinaryKind::kDiv>, 1},
    {"And", Two<BinaryKind::kAnd>, 1},
    {"Or", Two<BinaryKind::kOr>, 1},
    {"Xor", Two<BinaryKind::kXor>, 1},
    {"Equal", Comparison<CompareKind::kEqual>, 1},
    {"Less", Comparison<CompareKind::kLess>, 1},
    {"LessOrEqual", Comparison<CompareKind::kLessOrEqual>, 12},
    {"Greater", Comparison<CompareKind::kGreater>, 1},
    {"GreaterOrEqual", Comparison<CompareKind::kGreaterOrEqual>, 12},
    {"Pow", Pow, 1},
    {"Mod", Mod, 10},
    {"BitShift", BitShift, 11},
    {"PRelu", PRelu, 1},
    {"Sum", Many<BinaryKind::kAdd>, 1},
    {"Min", Many<BinaryKind::kMin>, 1},
    {"Max", Many<BinaryKind::kMax>, 1},
    {"Mean", Mean, 1},
    {"Where", Where, 9},
    {"Clip", Clip, 1},
    {"Cast", Cast, 1},
    {"CastLike", CastLike, 15},
    {"Identity", Identity, 1},
    {"Dropout", Dropout, 1},
    {"BitwiseAnd", Two<BinaryKind::kAnd>, 18},
    {"BitwiseOr", Two<BinaryKind::kOr>, 18},
    {"BitwiseXor", Two<BinaryKind::kXor>, 18},
    {"BitwiseNot", Plain<UnaryKind::kBitNot>, 18},
};

}  // namespace

ValueId TanhGelu(Builder& b, ValueId x) {
  const auto number = [&](double value) { return b.Scalar(b.dtype(x), value); };
  const ValueId cube = b.Mul(b.Mul(b.Mul(x, x), x), number(0.044715));
  const ValueId bent = b.Unary(UnaryKind::kTanh, b.Mul(b.Add(x, cube), number(0.7978845608028654)));
  return b.Mul(b.Mul(x, number(0.5)), b.Add(bent, number(1)));
}

const std::span<const Converter> kElementwiseConverters = kRows;

}  // namespace verge::onnx
