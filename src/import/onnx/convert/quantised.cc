// Quantised ops in ONNX's arithmetic, built from plain ops that compute the same bits: integers in i32, scaling in f32,
// rounding to nearest even, saturation at the ends of the type.
#include <algorithm>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

// A scale or zero point of one number a slice stands along `axis` of a tensor of `rank` dimensions.
ValueId AlongAxis(NodeContext& c, ValueId v, int64_t axis, int rank) {
  if (c.b.rank(v) != 1 || rank == 0) return v;
  if (c.b.Dim(v, 0) == 1) return c.b.Reshape(v, {});
  std::vector<int64_t> dims(static_cast<size_t>(rank), 1);
  dims[static_cast<size_t>(c.Axis(axis, rank))] = c.b.Dim(v, 0);
  return c.b.Reshape(v, dims);
}

// round(x / scale) + zero, saturated to the type of zero.
ValueId Quantise(Builder& b, ValueId x, ValueId scale, ValueId zero) {
  const DType type = b.dtype(zero);
  const double lo = type == DType::kI8 ? -128 : 0;
  const ValueId steps = b.Unary(UnaryKind::kRound, b.Div(x, scale));
  const ValueId moved = b.Add(steps, b.Cast(zero, DType::kF32));
  const ValueId low = b.Binary(BinaryKind::kMax, moved, b.Scalar(DType::kF32, lo));
  return b.Cast(b.Binary(BinaryKind::kMin, low, b.Scalar(DType::kF32, lo + 255)), type);
}

// x - zero as i32; zero may be missing.
ValueId Centre(Builder& b, ValueId x, ValueId zero) {
  const ValueId wide = b.Cast(x, DType::kI32);
  return zero == kNoValue ? wide : b.Sub(wide, b.Cast(zero, DType::kI32));
}

void QuantizeLinear(NodeContext& c) {
  const ValueId x = c.In(0);
  const int rank = c.b.rank(x);
  const int64_t axis = c.Int("axis", 1);
  const ValueId zero = c.Has(2) ? c.In(2) : c.b.Scalar(DType::kU8, 0);
  c.Out(0, Quantise(c.b, c.b.Cast(x, DType::kF32), AlongAxis(c, c.In(1), axis, rank), AlongAxis(c, zero, axis, rank)));
}

void DequantizeLinear(NodeContext& c) {
  const ValueId x = c.In(0);
  const int rank = c.b.rank(x);
  const int64_t axis = c.Int("axis", 1);
  const ValueId zero = c.Has(2) ? AlongAxis(c, c.In(2), axis, rank) : kNoValue;
  c.Out(0, c.b.Mul(c.b.Cast(Centre(c.b, x, zero), DType::kF32), AlongAxis(c, c.In(1), axis, rank)));
}

// The range always holds 0, so that 0 stays exact.
void DynamicQuantizeLinear(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId zero = b.Scalar(DType::kF32, 0);
  const ValueId top = b.Binary(BinaryKind::kMax, b.Reduce(ReduceKind::kMax, x, {}, false), zero);
  const ValueId bottom = b.Binary(BinaryKind::kMin, b.Reduce(ReduceKind::kMin, x, {}, false), zero);
  const ValueId scale = b.Div(b.Sub(top, bottom), b.Scalar(DType::kF32, 255));
  const ValueId start = Quantise(b, b.Sub(zero, bottom), scale, b.Scalar(DType::kU8, 0));
  c.Out(0, Quantise(b, x, scale, start));
  c.Out(1, scale);
  c.Out(2, start);
}

// Zero points of a are one a row, those of b one a column.
void MatMulInteger(NodeContext& c) {
  Builder& b = c.b;
  ValueId a_zero = c.Has(2) ? c.In(2) : kNoValue;
  if (a_zero != kNoValue && b.rank(a_zero) == 1 && b.Dim(a_zero, 0) > 1) a_zero = b.Reshape(a_zero, {-1, 1});
  c.Out(0, Multiply(b, Centre(b, c.In(0), a_zero), Centre(b, c.In(1), c.Has(3) ? c.In(3) : kNoValue)));
}

ValueId Requantise(Builder& b, ValueId sum, ValueId scale, ValueId y_scale, ValueId y_zero) {
  const ValueId real = b.Mul(b.Cast(sum, DType::kF32), b.Div(scale, y_scale));
  return Quantise(b, real, b.Scalar(DType::kF32, 1), y_zero);
}

void QLinearMatMul(NodeContext& c) {
  Builder& b = c.b;
  const auto column = [&](ValueId v) { return b.rank(v) == 1 && b.Dim(v, 0) > 1 ? b.Reshape(v, {-1, 1}) : v; };
  const ValueId sum = Multiply(b, Centre(b, c.In(0), column(c.In(2))), Centre(b, c.In(3), c.In(5)));
  c.Out(0, Requantise(b, sum, b.Mul(column(c.In(1)), c.In(4)), c.In(6), c.In(7)));
}

// Zero points of w are one an output channel, its first dimension.
ValueId CentreWeights(NodeContext& c, ValueId w, ValueId zero) {
  return Centre(c.b, w, zero == kNoValue ? kNoValue : AlongAxis(c, zero, 0, c.b.rank(w)));
}

void ConvInteger(NodeContext& c) {
  const ValueId x = Centre(c.b, c.In(0), c.Has(2) ? c.In(2) : kNoValue);
  c.Out(0, Convolve(c, x, CentreWeights(c, c.In(1), c.Has(3) ? c.In(3) : kNoValue), kNoValue));
}

void QLinearConv(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = Centre(b, c.In(0), c.In(2));
  const ValueId sum = Convolve(c, x, CentreWeights(c, c.In(3), c.In(5)), c.Has(8) ? c.In(8) : kNoValue);
  const ValueId scale = AlongAxis(c, b.Mul(c.In(1), c.In(4)), 1, b.rank(sum));
  c.Out(0, Requantise(b, sum, scale, c.In(6), c.In(7)));
}

constexpr Converter kRows[] = {
    {"QuantizeLinear", QuantizeLinear},
    {"DequantizeLinear", DequantizeLinear},
    {"DynamicQuantizeLinear", DynamicQuantizeLinear},
    {"MatMulInteger", MatMulInteger},
    {"QLinearMatMul", QLinearMatMul},
    {"ConvInteger", ConvInteger},
    {"QLinearConv", QLinearConv},
};

}  // namespace

const std::span<const Converter> kQuantisedConverters = kRows;

}  // namespace verge::onnx
