// Quantised ops in ONNX's arithmetic, built from plain ops that compute the same bits: integers in i32, scaling in f32,
// rounding to nearest even, saturation at the ends of the type.
#include <algorithm>
#include <cmath>
#include <optional>

#include "import/onnx/convert/tables.h"
#include "ops/dequantize/dequantize.h"
#include "ops/quantize/quantize.h"

namespace verge::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

// Opset 21: one scale and zero point a block of `size` elements along the axis; the last block may be shorter.
ValueId Spread(NodeContext& c, ValueId v, ValueId x, int axis, int64_t size) {
  Builder& b = c.b;
  const int64_t blocks = b.Dim(v, axis);
  const int64_t length = b.Dim(x, axis);
  if (!b.ok() || size < 1 || size > length || (length + size - 1) / size != blocks) {
    c.Invalid("block_size does not fit the scale and x");
    return v;
  }
  std::vector<int64_t> apart;
  std::vector<int64_t> repeated;
  std::vector<int64_t> joined;
  for (int d = 0; d < b.rank(v); ++d) {
    apart.push_back(b.Dim(v, d));
    repeated.push_back(b.Dim(v, d));
    joined.push_back(d == axis ? blocks * size : b.Dim(v, d));
    if (d != axis) continue;
    apart.push_back(1);
    repeated.push_back(size);
  }
  return b.Slice(b.Reshape(b.Expand(b.Reshape(v, apart), repeated), joined), axis, 0, length);
}

// A scale or zero point as it broadcasts to x.
ValueId FitTo(NodeContext& c, ValueId v, ValueId x) {
  const int rank = c.b.rank(x);
  const int64_t axis = c.Int("axis", 1);
  const int64_t block = c.Int("block_size", 0);
  if (block == 0) return AlongAxis(c, v, axis, rank);
  if (c.b.rank(v) != rank) {
    c.Invalid("block_size wants a scale of the rank of x");
    return v;
  }
  return Spread(c, v, x, c.Axis(axis, rank), block);
}

// Without a zero point the result is u8, or what the attribute says.
ValueId ZeroPointOf(NodeContext& c) {
  if (c.Has(2)) {
    if (c.b.IsFourBit(c.In(2))) c.Unsupported("quantising to 4 bits; quantise activations to 8 bits");
    return c.In(2);
  }
  const int64_t code = c.Int("output_dtype", 0);
  const std::optional<DType> type = code == 0 ? DType::kU8 : DTypeFromOnnx(code);
  if (!type) c.Unsupported("quantising to the type " + std::to_string(code) + " (ONNX numbering); use 8 or 16 bits");
  return c.b.Scalar(type.value_or(DType::kU8), 0);
}

// The only number of a constant; empty when it has several or is computed.
std::optional<double> OneNumber(Builder& b, ValueId id) {
  if (!b.ok() || !b.IsConstant(id) || b.shape(id).elems() != 1) return {};
  return b.Floats(id, "a scale or zero point")[0];
}

// Scale and zero point as the op quantize takes them: one of each, of 8 bits.
std::optional<Builder::QuantSource> WholeQuant(NodeContext& c, ValueId real, ValueId zero) {
  Builder& b = c.b;
  const std::optional<double> scale = OneNumber(b, c.In(1));
  const std::optional<double> zero_point = OneNumber(b, zero);
  const DType type = b.dtype(zero);
  if (!scale || !zero_point || !(*scale > 0) || !std::isfinite(*scale) || c.Int("block_size", 0) != 0) return {};
  if (b.dtype(c.In(1)) != DType::kF32 || (type != DType::kI8 && type != DType::kU8)) return {};
  return Builder::QuantSource{real, static_cast<float>(*scale), static_cast<int32_t>(*zero_point)};
}

// As plain arithmetic, which readers of the integers need. A DequantizeLinear behind takes the op quantize instead, and
// nothing is left of this when no one else reads it.
void QuantizeLinear(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId zero = ZeroPointOf(c);
  const ValueId scale = b.Cast(c.In(1), DType::kF32);
  const ValueId y = Quantise(b, b.Cast(x, DType::kF32), FitTo(c, scale, x), c.Has(2) ? FitTo(c, zero, x) : zero);
  if (const auto source = WholeQuant(c, x, zero); source && b.dtype(x) == DType::kF32 && !b.IsConstant(y)) {
    b.NoteQuantSource(y, *source);
  }
  c.Out(0, y);
}

// Real numbers that went through the steps of a quantisation: by two ops instead of seven.
ValueId ThroughSteps(Builder& b, const Builder::QuantSource& source, DType type) {
  ops::QuantizeAttrs attrs;
  attrs.dtype = type == DType::kU8 ? 1 : 0;
  attrs.half_even = true;
  b.SetQuant(type, {{source.scale}, {source.zero_point}, 0});
  const ValueId steps = b.Op(ops::ids::kQuantize, attrs, {source.real});
  b.SetQuant(DType::kF32, {});
  return b.Op(ops::ids::kDequantize, ops::DequantizeAttrs{}, {steps});
}

// The result has the type of the scale.
void DequantizeLinear(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId zero = c.Has(2) ? c.In(2) : b.Scalar(b.dtype(x), 0);
  if (const Builder::QuantSource* found = b.QuantSourceOf(x); found != nullptr && b.dtype(zero) == b.dtype(x)) {
    const Builder::QuantSource source = *found;
    if (WholeQuant(c, source.real, zero) == source) return c.Out(0, ThroughSteps(b, source, b.dtype(x)));
  }
  const DType type = b.dtype(c.In(1));
  const ValueId scale = FitTo(c, b.Cast(c.In(1), DType::kF32), x);
  c.Out(0, b.Cast(Dequantise(b, x, scale, c.Has(2) ? FitTo(c, c.In(2), x) : kNoValue), type));
}

void DynamicQuantizeLinear(NodeContext& c) {
  const Dynamic x = QuantiseDynamically(c.b, c.In(0));
  c.Out(0, x.value);
  c.Out(1, x.scale);
  c.Out(2, x.zero);
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
    {"QuantizeLinear", QuantizeLinear, 10},
    {"DequantizeLinear", DequantizeLinear, 10},
    {"DynamicQuantizeLinear", DynamicQuantizeLinear, 11},
    {"MatMulInteger", MatMulInteger, 10},
    {"QLinearMatMul", QLinearMatMul, 10},
    {"ConvInteger", ConvInteger, 10},
    {"QLinearConv", QLinearConv, 10},
};

}  // namespace

ValueId AlongAxis(NodeContext& c, ValueId v, int64_t axis, int rank) {
  if (c.b.rank(v) != 1 || rank == 0) return v;
  if (c.b.Dim(v, 0) == 1) return c.b.Reshape(v, {});
  std::vector<int64_t> dims(static_cast<size_t>(rank), 1);
  dims[static_cast<size_t>(c.Axis(axis, rank))] = c.b.Dim(v, 0);
  return c.b.Reshape(v, dims);
}

// round(x / scale) + zero
ValueId Quantise(Builder& b, ValueId x, ValueId scale, ValueId zero) {
  struct Range {
    DType type;
    double low;
    double high;
  };
  constexpr Range kRanges[] = {
      {DType::kU8, 0, 255}, {DType::kI8, -128, 127}, {DType::kU16, 0, 65535}, {DType::kI16, -32768, 32767}};
  const DType type = b.dtype(zero);
  const auto range =
      std::find_if(std::begin(kRanges), std::end(kRanges), [&](const Range& row) { return row.type == type; });
  if (range == std::end(kRanges)) {
    b.Fail(VERGE_ERROR(kUnsupported, std::string("quantising to ") + DTypeName(type) + "; use 8 or 16 bits"));
    return kNoValue;
  }
  const ValueId steps = b.Unary(UnaryKind::kRound, b.Div(x, scale));
  const ValueId moved = b.Add(steps, b.Cast(zero, DType::kF32));
  const ValueId low = b.Binary(BinaryKind::kMax, moved, b.Scalar(DType::kF32, range->low));
  return b.Cast(b.Binary(BinaryKind::kMin, low, b.Scalar(DType::kF32, range->high)), type);
}

// The range always holds 0, so that 0 stays exact.
Dynamic QuantiseDynamically(Builder& b, ValueId x) {
  const ValueId zero = b.Scalar(DType::kF32, 0);
  const ValueId top = b.Binary(BinaryKind::kMax, b.Reduce(ReduceKind::kMax, x, {}, false), zero);
  const ValueId bottom = b.Binary(BinaryKind::kMin, b.Reduce(ReduceKind::kMin, x, {}, false), zero);
  const ValueId scale = b.Div(b.Sub(top, bottom), b.Scalar(DType::kF32, 255));
  const ValueId start = Quantise(b, b.Sub(zero, bottom), scale, b.Scalar(DType::kU8, 0));
  return {Quantise(b, x, scale, start), scale, start};
}

ValueId Dequantise(Builder& b, ValueId x, ValueId scale, ValueId zero) {
  return b.Mul(b.Cast(Centre(b, x, zero), DType::kF32), scale);
}

ValueId Centre(Builder& b, ValueId x, ValueId zero) {
  const ValueId wide = b.Cast(x, DType::kI32);
  return zero == kNoValue ? wide : b.Sub(wide, b.Cast(zero, DType::kI32));
}

const std::span<const Converter> kQuantisedConverters = kRows;

}  // namespace verge::onnx
