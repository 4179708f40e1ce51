// Quantised ops of com.microsoft. Those that ONNX lacks are computed on the real numbers and quantised once, as ONNX
// Runtime computes them.
#include <algorithm>
#include <cmath>

#include "import/onnx/convert/tables.h"
#include "ops/fully_connected_4bit/fully_connected_4bit.h"
#include "ops/pool_nd/pool_nd.h"
#include "ops/recurrent/recurrent.h"

namespace verge::onnx {
namespace {

using ops::ReduceKind;
using ops::UnaryKind;

// Inputs i, i + 1 and i + 2: a tensor, its scale and its zero point.
ValueId RealInput(NodeContext& c, size_t i) {
  return Dequantise(c.b, c.In(i), c.In(i + 1), c.Has(i + 2) ? c.In(i + 2) : kNoValue);
}

// Quantises by the scale and zero point at i and i + 1; a missing zero point is 0 of the type of `like`.
ValueId QuantiseBy(NodeContext& c, ValueId y, size_t i, ValueId like) {
  return Quantise(c.b, y, c.In(i), c.Has(i + 1) ? c.In(i + 1) : c.b.Scalar(c.b.dtype(like), 0));
}

template <ops::BinaryKind kKind>
void Two(NodeContext& c) {
  c.Out(0, QuantiseBy(c, c.b.Binary(kKind, RealInput(c, 0), RealInput(c, 3)), 6, c.In(0)));
}

void QLinearSigmoid(NodeContext& c) {
  c.Out(0, QuantiseBy(c, c.b.Unary(UnaryKind::kSigmoid, RealInput(c, 0)), 3, c.In(0)));
}

void QLinearLeakyRelu(NodeContext& c) {
  const ValueId y = c.b.Unary(UnaryKind::kLeakyRelu, RealInput(c, 0), c.Float("alpha", 0.01f));
  c.Out(0, QuantiseBy(c, y, 3, c.In(0)));
}

void QLinearSoftmax(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = RealInput(c, 0);
  const int axis = c.Axis(c.Int("axis", -1), b.rank(x));
  if (c.Int("opset", 13) < 13 && axis != b.rank(x) - 1)
    return c.Unsupported("a softmax over several axes (opset < 13)");
  c.Out(0, QuantiseBy(c, ApplySoftmax(b, x, axis), 3, c.In(0)));
}

// Scale and zero point of the result first, then those of each part behind it.
void QLinearConcat(NodeContext& c) {
  std::vector<ValueId> parts;
  for (size_t i = 2; i + 2 < c.input_count(); i += 3) parts.push_back(RealInput(c, i));
  if (parts.empty()) return c.Invalid("there is nothing to join");
  c.Out(0, QuantiseBy(c, c.b.Concat(parts, c.Int("axis", 0)), 0, c.In(2)));
}

void QLinearGlobalAveragePool(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = RealInput(c, 0);
  std::vector<int64_t> axes;
  const int last = c.Int("channels_last", 0) != 0 ? 1 : 0;
  for (int d = 2; d < b.rank(x); ++d) axes.push_back(d - last);
  c.Out(0, QuantiseBy(c, b.Reduce(ReduceKind::kMean, x, axes, true), 3, c.In(0)));
}

void QLinearReduceMean(NodeContext& c) {
  const ValueId y = c.b.Reduce(ReduceKind::kMean, RealInput(c, 0), c.Ints("axes"), c.Int("keepdims", 1) != 0);
  c.Out(0, QuantiseBy(c, y, 3, c.In(0)));
}

void QLinearAveragePool(NodeContext& c) {
  Builder& b = c.b;
  const bool last = c.Int("channels_last", 0) != 0;
  const ValueId x = RealInput(c, 0);
  const ValueId y = PoolInput(c, last ? b.ToChannelsFirst(x) : x, ops::PoolKind::kAvg);
  c.Out(0, QuantiseBy(c, last ? b.ToChannelsLast(y) : y, 3, c.In(0)));
}

void NhwcMaxPool(NodeContext& c) {
  Builder& b = c.b;
  c.Out(0, b.ToChannelsLast(PoolInput(c, b.ToChannelsFirst(c.In(0)), ops::PoolKind::kMax)));
}

// y = alpha a' b' + c, the sum in i32; c has the scale alpha a_scale b_scale. Without y_scale the result is real.
void QGemm(NodeContext& c) {
  Builder& b = c.b;
  const ValueId left = Centre(b, c.In(0), c.Has(2) ? c.In(2) : kNoValue);
  const bool turned = c.Int("transB", 0) != 0;
  const auto by_column = [&](ValueId v) { return turned && b.rank(v) == 1 ? b.Reshape(v, {-1, 1}) : v; };
  const ValueId right = Centre(b, c.In(3), c.Has(5) ? by_column(c.In(5)) : kNoValue);
  ValueId sum = b.Matmul(left, right, c.Int("transA", 0) != 0, turned);
  if (c.Has(6)) sum = b.Add(sum, c.In(6));
  const auto alpha = static_cast<double>(c.Float("alpha", 1));
  const ValueId scale = b.Mul(b.Mul(c.In(1), c.In(4)), b.Scalar(DType::kF32, alpha));
  const ValueId real = b.Mul(b.Cast(sum, DType::kF32), scale);
  c.Out(0, c.Has(7) ? QuantiseBy(c, real, 7, c.In(0)) : real);
}

// (a - a_zero) (b - b_zero) a_scale b_scale + bias; a is quantised to u8 first when it is real.
ValueId IntegerProduct(NodeContext& c, ValueId a, ValueId a_scale, ValueId a_zero, ValueId b_scale, ValueId b_zero) {
  Builder& b = c.b;
  const ValueId sum = Multiply(b, Centre(b, a, a_zero), Centre(b, c.In(1), b_zero));
  return b.Mul(b.Cast(sum, DType::kF32), b.Mul(a_scale, b_scale));
}

void MatMulIntegerToFloat(NodeContext& c) {
  const ValueId y =
      IntegerProduct(c, c.In(0), c.In(2), c.Has(4) ? c.In(4) : kNoValue, c.In(3), c.Has(5) ? c.In(5) : kNoValue);
  c.Out(0, c.Has(6) ? c.b.Add(y, c.In(6)) : y);
}

void DynamicQuantizeMatMul(NodeContext& c) {
  const Dynamic a = QuantiseDynamically(c.b, c.In(0));
  const ValueId y = IntegerProduct(c, a.value, a.scale, a.zero, c.In(2), c.Has(3) ? c.In(3) : kNoValue);
  c.Out(0, c.Has(4) ? c.b.Add(y, c.In(4)) : y);
}

// Zero points of MatMulNBits as a byte each: two in a byte, each row starting with a new one, or whole numbers.
ValueId FourBitZeros(NodeContext& c, ValueId zeros, int64_t n, int64_t blocks) {
  Builder& b = c.b;
  const bool is_packed = b.dtype(zeros) == DType::kU8;
  const int64_t row = is_packed ? (blocks + 1) / 2 : blocks;
  const std::vector<double> stored = b.Floats(zeros, "zero_points");
  if (!b.ok()) return kNoValue;
  if (stored.size() != static_cast<size_t>(n * row)) {
    c.Invalid("zero_points should have " + std::to_string(n * row) + " elements");
    return kNoValue;
  }
  const auto bytes = ir::Buffer::Allocate(static_cast<size_t>(n * blocks));
  for (int64_t o = 0; o < n; ++o) {
    for (int64_t i = 0; i < blocks; ++i) {
      const double value = stored[static_cast<size_t>(o * row + (is_packed ? i / 2 : i))];
      if (value < 0 || value > 255 || value != std::floor(value)) {
        c.Unsupported("zero points that are no whole numbers of a byte");
        return kNoValue;
      }
      const auto whole = static_cast<unsigned>(value);
      const unsigned zero = is_packed ? (i % 2 == 0 ? whole & 15U : whole >> 4) : whole;
      bytes->mutable_data()[o * blocks + i] = static_cast<std::byte>(zero);
    }
  }
  return b.Constant(c.node.name + ".zeros", DType::kU8, {n, blocks}, bytes);
}

// Y = A B^T, B [N, blocks, block_size / 2] of 4 bits with a scale and a zero point a block.
void MatMulNBits(NodeContext& c) {
  Builder& b = c.b;
  if (c.Int("bits", 4) != 4) return c.Unsupported("weights of other than 4 bits");
  if (c.Has(4)) return c.Unsupported("weights in an order of their own (g_idx)");
  const int64_t n = c.Int("N", 0), k = c.Int("K", 0), block = c.Int("block_size", 0);
  if (n < 1 || k < 1 || block < 2 || block > 4096 || block % 2 != 0) return c.Invalid("N, K or block_size is wrong");
  const int64_t blocks = (k + block - 1) / block;
  const ValueId weights = b.Reshape(c.In(1), {n, blocks, block / 2});
  const ValueId scales = b.Reshape(b.Cast(c.In(2), DType::kF32), {n, blocks});
  const ValueId zeros = c.Has(3) ? FourBitZeros(c, c.In(3), n, blocks) : kNoValue;
  if (!b.ok()) return;
  if (b.Dim(c.In(0), -1) != k) return c.Invalid("K is not the last dimension of A");
  ops::FullyConnected4bitAttrs attrs;
  attrs.block = block;
  const ValueId bias = c.Has(5) ? c.In(5) : kNoValue;
  c.Out(0, b.Op(ops::ids::kFullyConnected4bit, attrs, {c.In(0), weights, scales, zeros, bias}));
}

// Weights [directions, in, 4 hidden] become real, transposed as LSTM has them. Activations stay real too, which is
// closer to the model before it was quantised than ONNX Runtime's 8 bits a step.
void DynamicQuantizeLstm(NodeContext& c) {
  Builder& b = c.b;
  const auto real = [&](size_t w, size_t scale) {
    const auto wide = [&](ValueId v) { return b.rank(v) == 2 ? b.Reshape(v, {b.Dim(v, 0), 1, b.Dim(v, 1)}) : v; };
    const auto one = [&](ValueId v) { return b.rank(v) == 1 ? b.Reshape(v, {b.Dim(v, 0), 1, 1}) : wide(v); };
    return b.Transpose(Dequantise(b, c.In(w), one(c.In(scale)), one(c.In(scale + 1))), {0, 2, 1});
  };
  std::vector<ValueId> inputs = {c.In(0), real(1, 8), real(2, 10)};
  for (size_t i = 3; i < 8; ++i) inputs.push_back(c.Has(i) ? c.In(i) : kNoValue);
  ConvertRecurrent(c, ops::RecurrentKind::kLstm, inputs);
}

// Named as in ONNX, with i32 and 16-bit types that ONNX's own gained later.
template <const char* kName>
void AsOnnx(NodeContext& c) {
  FindConverter("", kName)->convert(c);
}
constexpr char kQuantize[] = "QuantizeLinear";
constexpr char kDequantize[] = "DequantizeLinear";

constexpr Converter kRows[] = {
    {"DequantizeLinear", AsOnnx<kDequantize>, 1},
    {"DynamicQuantizeLSTM", DynamicQuantizeLstm, 1},
    {"DynamicQuantizeMatMul", DynamicQuantizeMatMul, 1},
    {"MatMulIntegerToFloat", MatMulIntegerToFloat, 1},
    {"MatMulNBits", MatMulNBits, 1},
    {"NhwcMaxPool", NhwcMaxPool, 1},
    {"QGemm", QGemm, 1},
    {"QLinearAdd", Two<ops::BinaryKind::kAdd>, 1},
    {"QLinearAveragePool", QLinearAveragePool, 1},
    {"QLinearConcat", QLinearConcat, 1},
    {"QLinearGlobalAveragePool", QLinearGlobalAveragePool, 1},
    {"QLinearLeakyRelu", QLinearLeakyRelu, 1},
    {"QLinearMul", Two<ops::BinaryKind::kMul>, 1},
    {"QLinearReduceMean", QLinearReduceMean, 1},
    {"QLinearSigmoid", QLinearSigmoid, 1},
    {"QLinearSoftmax", QLinearSoftmax, 1},
    {"QuantizeLinear", AsOnnx<kQuantize>, 1},
};

}  // namespace

const std::span<const Converter> kMicrosoftQuantisedConverters = kRows;

}  // namespace verge::onnx
