// Ops that map each element by itself, alone or together with the same element of other inputs.
#include <algorithm>

#include "export/tflite/convert/tables.h"
#include "ops/add/add.h"
#include "ops/binary/binary.h"
#include "ops/compare/compare.h"
#include "ops/elem.h"
#include "ops/mul/mul.h"
#include "ops/op_ids.h"
#include "ops/softmax/softmax.h"
#include "ops/sub/sub.h"
#include "ops/unary/unary.h"

namespace verge::to_tflite {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

int ByteVersion(const Emitter& e) { return std::min(VersionFor(e.In(0).dtype), 2); }

template <typename Options>
void Plain(Emitter& e, BuiltinOperator code, int version, flatbuffers::Offset<Options> options) {
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < e.node.inputs.size(); ++i) inputs.push_back(e.Get(i));
  e.Op(code, version, inputs, {e.Result()}, options);
}

void Plain(Emitter& e, BuiltinOperator code, int version) {
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < e.node.inputs.size(); ++i) inputs.push_back(e.Get(i));
  e.Op(code, version, inputs, {e.Result()});
}

void Add(Emitter& e) {
  const auto activation = ActivationOf(e.Attrs<ops::AddAttrs>().activation);
  Plain(e, BuiltinOperator::ADD, VersionFor(e.In(0).dtype), schema::CreateAddOptions(e.b.fbb(), activation, false));
}
void Sub(Emitter& e) {
  const auto activation = ActivationOf(e.Attrs<ops::SubAttrs>().activation);
  const int version = e.In(0).dtype == DType::kI16 ? 5 : e.Out().shape.rank() > 4 ? 3 : VersionFor(e.In(0).dtype);
  Plain(e, BuiltinOperator::SUB, version, schema::CreateSubOptions(e.b.fbb(), activation, false));
}
void Mul(Emitter& e) {
  const auto activation = ActivationOf(e.Attrs<ops::MulAttrs>().activation);
  const int version = e.In(0).dtype == DType::kI16 ? 4 : VersionFor(e.In(0).dtype);
  Plain(e, BuiltinOperator::MUL, version, schema::CreateMulOptions(e.b.fbb(), activation));
}

// The types that the operator knows; anything else is an error that names the type.
bool Allow(Emitter& e, std::initializer_list<DType> types) {
  const DType type = e.In(0).dtype;
  if (std::find(types.begin(), types.end(), type) != types.end()) return true;
  e.Unsupported(std::string("works on ") + DTypeName(type) + ", which TFLite's operator does not take");
  return false;
}

void Division(Emitter& e) {
  const DType type = e.In(0).dtype;
  if (!Allow(e, {DType::kF32, DType::kI32, DType::kU8})) return;
  Plain(e, BuiltinOperator::DIV, type == DType::kU8 ? 2 : 1, schema::CreateDivOptions(e.b.fbb()));
}

void Arithmetic(Emitter& e, BinaryKind kind) {
  if (!Allow(e, {DType::kF32, DType::kI32, DType::kI64, DType::kI8, DType::kU8, DType::kI16})) return;
  const DType type = e.In(0).dtype;
  const auto none = schema::ActivationFunctionType::NONE;
  const bool is_wide = type == DType::kI64;
  if (kind == BinaryKind::kAdd) {
    return Plain(e, BuiltinOperator::ADD, is_wide ? 4 : VersionFor(type),
                 schema::CreateAddOptions(e.b.fbb(), none, false));
  }
  if (kind == BinaryKind::kSub) {
    return Plain(e, BuiltinOperator::SUB, is_wide ? 4 : VersionFor(type),
                 schema::CreateSubOptions(e.b.fbb(), none, false));
  }
  Plain(e, BuiltinOperator::MUL, is_wide ? 6 : VersionFor(type), schema::CreateMulOptions(e.b.fbb(), none));
}

void Logical(Emitter& e, BinaryKind kind) {
  const bool is_bool = e.In(0).dtype == DType::kBool;
  if (kind == BinaryKind::kXor) {
    if (is_bool) return Plain(e, BuiltinOperator::NOT_EQUAL, 1, schema::CreateNotEqualOptions(e.b.fbb()));
    return Plain(e, BuiltinOperator::BITWISE_XOR, 1, schema::CreateBitwiseXorOptions(e.b.fbb()));
  }
  if (!is_bool) return e.Unsupported("joins integers bit by bit");
  if (kind == BinaryKind::kAnd)
    return Plain(e, BuiltinOperator::LOGICAL_AND, 1, schema::CreateLogicalAndOptions(e.b.fbb()));
  Plain(e, BuiltinOperator::LOGICAL_OR, 1, schema::CreateLogicalOrOptions(e.b.fbb()));
}

// a - (a / b) b: the division of integers goes towards 0.
void Fmod(Emitter& e) {
  if (!Allow(e, {DType::kI32})) return;
  const auto none = schema::ActivationFunctionType::NONE;
  const TensorId quotient = e.Temporary(e.Out(), e.Out().shape);
  const TensorId whole = e.Temporary(e.Out(), e.Out().shape);
  e.Op(BuiltinOperator::DIV, 1, {e.Get(0), e.Get(1)}, {quotient}, schema::CreateDivOptions(e.b.fbb()));
  e.Op(BuiltinOperator::MUL, 1, {quotient, e.Get(1)}, {whole}, schema::CreateMulOptions(e.b.fbb(), none));
  e.Op(BuiltinOperator::SUB, 1, {e.Get(0), whole}, {e.Result()}, schema::CreateSubOptions(e.b.fbb(), none, false));
}

void Binary(Emitter& e) {
  const auto kind = static_cast<BinaryKind>(e.Attrs<ops::BinaryAttrs>().kind);
  switch (kind) {
    case BinaryKind::kAdd:
    case BinaryKind::kSub:
    case BinaryKind::kMul: return Arithmetic(e, kind);
    case BinaryKind::kDiv: return Division(e);
    case BinaryKind::kPow:
      if (!Allow(e, {DType::kF32, DType::kI32})) return;
      return Plain(e, BuiltinOperator::POW, 1, schema::CreatePowOptions(e.b.fbb()));
    case BinaryKind::kMod:
      if (!Allow(e, {DType::kF32, DType::kI32, DType::kI64, DType::kI8, DType::kI16})) return;
      return Plain(e, BuiltinOperator::FLOOR_MOD, ByteVersion(e), schema::CreateFloorModOptions(e.b.fbb()));
    case BinaryKind::kMin:
      return Plain(e, BuiltinOperator::MINIMUM, ByteVersion(e), schema::CreateMaximumMinimumOptions(e.b.fbb()));
    case BinaryKind::kMax:
      return Plain(e, BuiltinOperator::MAXIMUM, ByteVersion(e), schema::CreateMaximumMinimumOptions(e.b.fbb()));
    case BinaryKind::kPrelu:
      if (!Allow(e, {DType::kF32, DType::kI8, DType::kU8})) return;
      return Plain(e, BuiltinOperator::PRELU, 1);
    case BinaryKind::kFmod: return Fmod(e);
    case BinaryKind::kAtan2: return Plain(e, BuiltinOperator::ATAN2, 1, schema::CreateATan2Options(e.b.fbb()));
    case BinaryKind::kShiftRight:
      return Plain(e, BuiltinOperator::RIGHT_SHIFT, 1, schema::CreateRightShiftOptions(e.b.fbb()));
    case BinaryKind::kAnd:
    case BinaryKind::kOr:
    case BinaryKind::kXor: return Logical(e, kind);
    default:
      return e.Unsupported(std::string("of kind ") + ops::kBinaryKindNames[static_cast<size_t>(kind)] +
                           " has no form in TFLite");
  }
}

void Compare(Emitter& e) {
  auto& fbb = e.b.fbb();
  const int version = ByteVersion(e);
  switch (static_cast<ops::CompareKind>(e.Attrs<ops::CompareAttrs>().kind)) {
    case ops::CompareKind::kEqual: return Plain(e, BuiltinOperator::EQUAL, version, schema::CreateEqualOptions(fbb));
    case ops::CompareKind::kLess: return Plain(e, BuiltinOperator::LESS, version, schema::CreateLessOptions(fbb));
    case ops::CompareKind::kLessOrEqual:
      return Plain(e, BuiltinOperator::LESS_EQUAL, version, schema::CreateLessEqualOptions(fbb));
    case ops::CompareKind::kGreater:
      return Plain(e, BuiltinOperator::GREATER, version, schema::CreateGreaterOptions(fbb));
    case ops::CompareKind::kGreaterOrEqual:
      return Plain(e, BuiltinOperator::GREATER_EQUAL, version, schema::CreateGreaterEqualOptions(fbb));
    case ops::CompareKind::kNotEqual:
      return Plain(e, BuiltinOperator::NOT_EQUAL, version, schema::CreateNotEqualOptions(fbb));
  }
}

struct UnaryRow {
  UnaryKind kind;
  BuiltinOperator code;
};

// Operators without options that matter.
constexpr UnaryRow kUnaryRows[] = {
    {UnaryKind::kAbs, BuiltinOperator::ABS},     {UnaryKind::kNeg, BuiltinOperator::NEG},
    {UnaryKind::kSign, BuiltinOperator::SIGN},   {UnaryKind::kNot, BuiltinOperator::LOGICAL_NOT},
    {UnaryKind::kExp, BuiltinOperator::EXP},     {UnaryKind::kLog, BuiltinOperator::LOG},
    {UnaryKind::kSqrt, BuiltinOperator::SQRT},   {UnaryKind::kSin, BuiltinOperator::SIN},
    {UnaryKind::kCos, BuiltinOperator::COS},     {UnaryKind::kTanh, BuiltinOperator::TANH},
    {UnaryKind::kCeil, BuiltinOperator::CEIL},   {UnaryKind::kFloor, BuiltinOperator::FLOOR},
    {UnaryKind::kRound, BuiltinOperator::ROUND}, {UnaryKind::kSigmoid, BuiltinOperator::LOGISTIC},
    {UnaryKind::kRelu, BuiltinOperator::RELU},   {UnaryKind::kHardSwish, BuiltinOperator::HARD_SWISH},
};

// 1 / x
void Reciprocal(Emitter& e) {
  const float one = 1;
  e.Op(BuiltinOperator::DIV, 1, {e.Scalar(e.In(0), &one), e.Get(0)}, {e.Result()}, schema::CreateDivOptions(e.b.fbb()));
}

// x sigmoid(x)
void Silu(Emitter& e) {
  const TensorId share = e.Temporary(e.In(0), e.Dims(0));
  e.Op(BuiltinOperator::LOGISTIC, 1, {e.Get(0)}, {share});
  e.Op(BuiltinOperator::MUL, 1, {e.Get(0), share}, {e.Result()}, schema::CreateMulOptions(e.b.fbb()));
}

void Unary(Emitter& e) {
  const auto& a = e.Attrs<ops::UnaryAttrs>();
  const auto kind = static_cast<UnaryKind>(a.kind);
  const DType type = e.In(0).dtype;
  if (ops::IsFloatDType(type) && type != DType::kF32) {
    return e.Unsupported(std::string("works on ") + DTypeName(type) + ", which TFLite's operator does not take");
  }
  if (kind == UnaryKind::kLeakyRelu) {
    return Plain(e, BuiltinOperator::LEAKY_RELU, ByteVersion(e), schema::CreateLeakyReluOptions(e.b.fbb(), a.alpha));
  }
  if (kind == UnaryKind::kGelu)
    return Plain(e, BuiltinOperator::GELU, ByteVersion(e), schema::CreateGeluOptions(e.b.fbb(), false));
  if (kind == UnaryKind::kGeluTanh)
    return Plain(e, BuiltinOperator::GELU, ByteVersion(e), schema::CreateGeluOptions(e.b.fbb(), true));
  if (kind == UnaryKind::kSilu && type == DType::kF32) return Silu(e);
  if (kind == UnaryKind::kReluN1To1) return Plain(e, BuiltinOperator::RELU_N1_TO_1, VersionFor(type));
  if (kind == UnaryKind::kReciprocal && type == DType::kF32) return Reciprocal(e);
  if (kind == UnaryKind::kElu && a.alpha == 1.0f) return Plain(e, BuiltinOperator::ELU, 1);
  const auto row = std::ranges::find_if(kUnaryRows, [&](const UnaryRow& r) { return r.kind == kind; });
  if (row == std::end(kUnaryRows)) {
    return e.Unsupported(std::string("of kind ") + ops::kUnaryKindNames[a.kind] + " has no form in TFLite");
  }
  const bool is_quantised = !e.In(0).quant.scales.empty();
  Plain(e, row->code, is_quantised ? VersionFor(type) : 1);
}

void Logistic(Emitter& e) { Plain(e, BuiltinOperator::LOGISTIC, VersionFor(e.In(0).dtype)); }
void Relu(Emitter& e) { Plain(e, BuiltinOperator::RELU, VersionFor(e.In(0).dtype)); }
void Relu6(Emitter& e) { Plain(e, BuiltinOperator::RELU6, VersionFor(e.In(0).dtype)); }
void Where(Emitter& e) { Plain(e, BuiltinOperator::SELECT_V2, 1, schema::CreateSelectV2Options(e.b.fbb())); }

void Cast(Emitter& e) {
  const auto from = TypeOf(e.In(0).dtype);
  const auto to = TypeOf(e.Out().dtype);
  if (!from || !to) return e.Unsupported("casts a type that TFLite has not");
  Plain(e, BuiltinOperator::CAST, 1, schema::CreateCastOptions(e.b.fbb(), *from, *to));
}

void Dequantize(Emitter& e) {
  const DType type = e.In(0).dtype;
  int version = VersionFor(type);
  if (type == DType::kF16) version = 3;
  if (e.In(0).quant.scales.size() > 1) version = 5;
  Plain(e, BuiltinOperator::DEQUANTIZE, version, schema::CreateDequantizeOptions(e.b.fbb()));
}

void Quantize(Emitter& e) {
  const bool is_wide = e.In(0).dtype == DType::kI16 || e.Out().dtype == DType::kI16;
  // From integers to integers since version 2, of 16 bits since 3.
  const int version = is_wide ? 3 : e.In(0).dtype == DType::kF32 ? 1 : 2;
  Plain(e, BuiltinOperator::QUANTIZE, version, schema::CreateQuantizeOptions(e.b.fbb()));
}

// TFLite's softmax runs along the last dimension.
void Softmax(Emitter& e) {
  const auto& a = e.Attrs<ops::SoftmaxAttrs>();
  const int rank = e.Dims(0).rank();
  if (a.axis != -1 && a.axis != rank - 1) return e.Unsupported("runs along a dimension that is not the last");
  if (!Allow(e, {DType::kF32, DType::kI8, DType::kU8, DType::kI16})) return;
  switch (static_cast<ops::SoftmaxKind>(a.kind)) {
    case ops::SoftmaxKind::kSoftmax:
      return Plain(e, BuiltinOperator::SOFTMAX, VersionFor(e.In(0).dtype),
                   schema::CreateSoftmaxOptions(e.b.fbb(), a.beta));
    case ops::SoftmaxKind::kLogSoftmax:
      return Plain(e, BuiltinOperator::LOG_SOFTMAX, ByteVersion(e), schema::CreateLogSoftmaxOptions(e.b.fbb()));
    case ops::SoftmaxKind::kHardmax: return e.Unsupported("is a hardmax, which TFLite has not");
  }
}

constexpr Converter kRows[] = {
    {ops::ids::kAdd, Add},           {ops::ids::kSub, Sub},         {ops::ids::kMul, Mul},
    {ops::ids::kBinary, Binary},     {ops::ids::kCompare, Compare}, {ops::ids::kUnary, Unary},
    {ops::ids::kLogistic, Logistic}, {ops::ids::kRelu, Relu},       {ops::ids::kRelu6, Relu6},
    {ops::ids::kWhere, Where},       {ops::ids::kCast, Cast},       {ops::ids::kDequantize, Dequantize},
    {ops::ids::kQuantize, Quantize}, {ops::ids::kSoftmax, Softmax},
};

}  // namespace

const std::span<const Converter> kElementwiseConverters = kRows;

}  // namespace verge::to_tflite
