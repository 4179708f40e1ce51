// Operators of one element, or of elements that stand at the same place.
#include <cmath>
#include <numbers>

#include "import/tflite/convert/tables.h"

namespace verge::tflite {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;
using schema::BuiltinOperator;

ValueId ScalarLike(Builder& b, ValueId x, double value) { return b.Scalar(b.dtype(x), value); }

ValueId Clip(Builder& b, ValueId x, double lo, double hi) {
  const ValueId raised = b.Binary(BinaryKind::kMax, x, ScalarLike(b, x, lo));
  return b.Binary(BinaryKind::kMin, raised, ScalarLike(b, x, hi));
}

template <UnaryKind kKind>
void Unary(OperatorContext& c) {
  c.Out(0, c.b.Unary(kKind, c.In(0)));
}

template <BinaryKind kKind>
void Binary(OperatorContext& c) {
  c.Out(0, c.b.Binary(kKind, c.In(0), c.In(1)));
}

template <CompareKind kKind>
void Compare(OperatorContext& c) {
  c.Out(0, c.b.Compare(kKind, c.In(0), c.In(1)));
}

// ADD, SUB, MUL, DIV of whole numbers and of floats other than f32; f32 is left to the ops that fuse activations.
template <BinaryKind kKind, typename Options>
void Arithmetic(OperatorContext& c) {
  const ValueId y = c.b.Binary(kKind, c.In(0), c.In(1));
  c.Out(0, c.Activate(y, c.Options<Options>().fused_activation_function()));
}
bool IsPlainOfOtherType(OperatorContext& c) {
  const ir::Value& x = c.b.value(c.In(0));
  return x.dtype != DType::kF32 && x.quant.scales.empty();
}
bool IsPlain(OperatorContext& c) { return c.b.value(c.In(0)).quant.scales.empty(); }

void Rsqrt(OperatorContext& c) { c.Out(0, c.b.Unary(UnaryKind::kReciprocal, c.b.Unary(UnaryKind::kSqrt, c.In(0)))); }

void Square(OperatorContext& c) { c.Out(0, c.b.Mul(c.In(0), c.In(0))); }

void SquaredDifference(OperatorContext& c) {
  const ValueId difference = c.b.Sub(c.In(0), c.In(1));
  c.Out(0, c.b.Mul(difference, difference));
}

template <int kLo, int kHi>
void Clamp(OperatorContext& c) {
  c.Out(0, Clip(c.b, c.In(0), kLo, kHi));
}

// x (1 + erf(x / sqrt(2))) / 2, or its approximation x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
void Gelu(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  if (!c.Options<schema::GeluOptions>().approximate()) return c.Out(0, b.Unary(UnaryKind::kGelu, x));
  const ValueId cube = b.Mul(b.Mul(x, x), x);
  const ValueId inner = b.Add(x, b.Mul(cube, ScalarLike(b, x, 0.044715)));
  const ValueId curve = b.Unary(UnaryKind::kTanh, b.Mul(inner, ScalarLike(b, x, std::sqrt(2 / std::numbers::pi))));
  c.Out(0, b.Mul(b.Mul(x, ScalarLike(b, x, 0.5)), b.Add(curve, ScalarLike(b, x, 1))));
}

void AddN(OperatorContext& c) {
  ValueId sum = c.In(0);
  for (size_t i = 1; i < c.input_count(); ++i) sum = c.b.Add(sum, c.In(i));
  c.Out(0, sum);
}

// Towards minus infinity. Of whole numbers: the quotient towards 0, less 1 where a remainder has the other sign than b.
void FloorDiv(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId y = c.In(1);
  const ValueId quotient = b.Div(x, y);
  if (b.dtype(x) == DType::kF32 || b.dtype(x) == DType::kF64) return c.Out(0, b.Unary(UnaryKind::kFloor, quotient));
  const ValueId rest = b.Binary(BinaryKind::kFmod, x, y);
  const ValueId zero = ScalarLike(b, x, 0);
  const ValueId has_rest = b.Compare(CompareKind::kNotEqual, rest, zero);
  const ValueId signs_differ =
      b.Binary(BinaryKind::kXor, b.Compare(CompareKind::kLess, rest, zero), b.Compare(CompareKind::kLess, y, zero));
  const ValueId goes_down = b.Binary(BinaryKind::kAnd, has_rest, signs_differ);
  c.Out(0, b.Sub(quotient, b.Cast(goes_down, b.dtype(x))));
}

// Quantises to 2^bits steps over [min, max] and back. The range is shifted a little so that 0 is one of the steps.
void FakeQuant(OperatorContext& c) {
  Builder& b = c.b;
  const auto& options = c.Options<schema::FakeQuantOptions>();
  const int bits = options.num_bits();
  if (bits < 2 || bits > 16 || !(options.min() < options.max()) || options.min() > 0 || options.max() < 0) {
    return c.Invalid("quantises [" + std::to_string(options.min()) + ", " + std::to_string(options.max()) + "] with " +
                     std::to_string(bits) + " bits; wants a range around 0 and 2 to 16 bits");
  }
  const float least = options.narrow_range() ? 1.0f : 0.0f;
  const auto most = static_cast<float>((1 << bits) - 1);
  const float scale = (options.max() - options.min()) / (most - least);
  const float zero = std::clamp(std::round(least - options.min() / scale), least, most);
  const float lo = (least - zero) * scale;
  const float hi = (most - zero) * scale;
  const ValueId x = Clip(b, c.In(0), lo, hi);
  // round(y) as floor(y + 0.5): halves go up.
  const ValueId steps = b.Mul(b.Sub(x, ScalarLike(b, x, lo)), ScalarLike(b, x, 1.0f / scale));
  const ValueId rounded = b.Unary(UnaryKind::kFloor, b.Add(steps, ScalarLike(b, x, 0.5)));
  c.Out(0, b.Add(b.Mul(rounded, ScalarLike(b, x, scale)), ScalarLike(b, x, lo)));
}

// How many of the boundaries are not above x.
void Bucketize(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto* bounds = c.Options<schema::BucketizeOptions>().boundaries();
  const size_t count = bounds == nullptr ? 0 : bounds->size();
  if (count == 0 || count > 4096) return c.Unsupported("has " + std::to_string(count) + " boundaries; wants 1 to 4096");
  std::vector<int64_t> dims = c.Dims(x);
  dims.push_back(1);
  const ValueId row = b.FloatsConstant({static_cast<int64_t>(count)}, {bounds->begin(), bounds->end()});
  const ValueId reached = b.Compare(CompareKind::kGreaterOrEqual, b.Cast(b.Reshape(x, dims), DType::kF32), row);
  c.Out(0, b.Reduce(ops::ReduceKind::kSum, b.Cast(reached, DType::kI32), {-1}, false));
}

// The condition stands for whole rows when it has one dimension and the choices have more.
void Select(OperatorContext& c) {
  ValueId condition = c.In(0);
  const int rank = c.b.rank(c.In(1));
  if (c.b.rank(condition) == 1 && rank > 1) {
    std::vector<int64_t> dims(static_cast<size_t>(rank), 1);
    dims[0] = c.b.Dim(condition, 0);
    condition = c.b.Reshape(condition, dims);
  }
  c.Out(0, c.b.Where(condition, c.In(1), c.In(2)));
}

void SelectV2(OperatorContext& c) { c.Out(0, c.b.Where(c.In(0), c.In(1), c.In(2))); }

// Complex numbers are pairs along the last dimension.
ValueId Part(OperatorContext& c, int64_t which) {
  const ValueId x = c.In(0);
  const ValueId part = c.b.Slice(x, -1, which, 1);
  std::vector<int64_t> dims = c.Dims(x);
  if (!dims.empty()) dims.pop_back();
  return c.b.Reshape(part, dims);
}
template <int kWhich>
void RealPart(OperatorContext& c) {
  c.Out(0, Part(c, kWhich));
}
void ComplexAbs(OperatorContext& c) { c.Out(0, c.b.Reduce(ops::ReduceKind::kL2, c.In(0), {-1}, false)); }

constexpr Quantised kSame = Quantised::kSame;
constexpr Quantised kAny = Quantised::kAny;  // compare looks at the numbers that integers stand for
constexpr Converter kTable[] = {
    {BuiltinOperator::ADD, Arithmetic<BinaryKind::kAdd, schema::AddOptions>, {}, false, IsPlainOfOtherType},
    {BuiltinOperator::SUB, Arithmetic<BinaryKind::kSub, schema::SubOptions>, {}, false, IsPlainOfOtherType},
    {BuiltinOperator::MUL, Arithmetic<BinaryKind::kMul, schema::MulOptions>, {}, false, IsPlainOfOtherType},
    {BuiltinOperator::DIV, Arithmetic<BinaryKind::kDiv, schema::DivOptions>, {}, false, IsPlain},
    {BuiltinOperator::ADD_N, AddN},
    {BuiltinOperator::RSQRT, Rsqrt},
    {BuiltinOperator::SQUARE, Square},
    {BuiltinOperator::SQUARED_DIFFERENCE, SquaredDifference},
    {BuiltinOperator::SIGN, Unary<UnaryKind::kSign>},
    {BuiltinOperator::LOGICAL_NOT, Unary<UnaryKind::kNot>},
    {BuiltinOperator::RELU_0_TO_1, Clamp<0, 1>},
    {BuiltinOperator::GELU, Gelu},
    {BuiltinOperator::ATAN2, Binary<BinaryKind::kAtan2>},
    {BuiltinOperator::FLOOR_DIV, FloorDiv},
    {BuiltinOperator::FLOOR_MOD, Binary<BinaryKind::kMod>},
    {BuiltinOperator::LOGICAL_AND, Binary<BinaryKind::kAnd>},
    {BuiltinOperator::LOGICAL_OR, Binary<BinaryKind::kOr>},
    {BuiltinOperator::BITWISE_XOR, Binary<BinaryKind::kXor>},
    {BuiltinOperator::RIGHT_SHIFT, Binary<BinaryKind::kShiftRight>},
    {BuiltinOperator::EQUAL, Compare<CompareKind::kEqual>, kAny},
    {BuiltinOperator::NOT_EQUAL, Compare<CompareKind::kNotEqual>, kAny},
    {BuiltinOperator::LESS, Compare<CompareKind::kLess>, kAny},
    {BuiltinOperator::LESS_EQUAL, Compare<CompareKind::kLessOrEqual>, kAny},
    {BuiltinOperator::GREATER, Compare<CompareKind::kGreater>, kAny},
    {BuiltinOperator::GREATER_EQUAL, Compare<CompareKind::kGreaterOrEqual>, kAny},
    {BuiltinOperator::SELECT, Select, kSame},
    {BuiltinOperator::SELECT_V2, SelectV2, kSame},
    {BuiltinOperator::FAKE_QUANT, FakeQuant},
    {BuiltinOperator::BUCKETIZE, Bucketize},
    {BuiltinOperator::REAL, RealPart<0>, {}, true},
    {BuiltinOperator::IMAG, RealPart<1>, {}, true},
    {BuiltinOperator::COMPLEX_ABS, ComplexAbs, {}, true},
};

}  // namespace

std::span<const Converter> ElementwiseConverters() { return kTable; }

}  // namespace verge::tflite
