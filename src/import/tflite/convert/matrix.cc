// Products of matrices, normalisations, Fourier transforms.
#include "import/tflite/convert/tables.h"
#include "import/tflite/mapping.h"
#include "ops/conv2d/conv2d.h"
#include "ops/dft/dft.h"
#include "ops/lrn/lrn.h"
#include "ops/softmax/softmax.h"

namespace verge::tflite {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using schema::BuiltinOperator;

bool IsReal(OperatorContext& c) {
  for (size_t i = 0; i < c.input_count(); ++i) {
    if (c.Has(i) && c.b.dtype(c.In(i)) != DType::kF32) return false;
  }
  return true;
}

// y = x w' + bias over the last dimension, as a convolution with a window of one pixel.
void FullyConnected(OperatorContext& c) {
  Builder& b = c.b;
  const auto& options = c.Options<schema::FullyConnectedOptions>();
  const ValueId x = c.In(0);
  const ValueId w = c.In(1);
  if (!b.ok()) return;
  if (options.weights_format() != schema::FullyConnectedOptionsWeightsFormat::DEFAULT || b.rank(w) != 2) {
    return c.Unsupported("has weights in another order than row by row");
  }
  const int64_t in = b.Dim(w, 1);
  const int64_t out = b.Dim(w, 0);
  const auto elems = static_cast<int64_t>(b.shape(x).elems());
  if (elems % in != 0) return c.Invalid("has " + ToString(b.shape(x)) + " for weights " + ToString(b.shape(w)));
  ops::Conv2dAttrs attrs;
  const auto fused = options.fused_activation_function();
  const Result<int32_t> activation = MapActivation(fused);
  if (activation.ok()) attrs.activation = *activation;
  std::vector<ValueId> inputs = {b.Reshape(x, {elems / in, 1, 1, in}), b.Reshape(w, {out, 1, 1, in})};
  if (c.Has(2)) inputs.push_back(b.Reshape(c.In(2), {out}));
  ValueId y = b.Op(ops::ids::kConv2d, attrs, inputs);
  std::vector<int64_t> dims = {elems / in, out};
  if (options.keep_num_dims()) {
    dims = c.Dims(x);
    if (dims.empty() || dims.back() != in)
      return c.Invalid("keeps dimensions of which the last is not " + std::to_string(in));
    dims.back() = out;
  }
  y = b.Reshape(y, dims);
  c.Out(0, attrs.activation == ops::kNoActivation ? c.Activate(y, fused) : y);
}

void BatchMatmul(OperatorContext& c) {
  const auto& options = c.Options<schema::BatchMatMulOptions>();
  c.Out(0, c.b.Matmul(c.In(0), c.In(1), options.adj_x(), options.adj_y()));
}

// x / max(|x|, 1e-6) along the last dimension.
void L2Normalization(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId norm = b.Reduce(ReduceKind::kL2, x, {-1}, true);
  const ValueId y = b.Div(x, b.Binary(BinaryKind::kMax, norm, b.Scalar(b.dtype(x), 1e-6)));
  c.Out(0, c.Activate(y, c.Options<schema::L2NormOptions>().fused_activation_function()));
}

// The format does not divide alpha by the number of neighbours, which the op does.
void LocalResponseNormalization(OperatorContext& c) {
  const auto& options = c.Options<schema::LocalResponseNormalizationOptions>();
  if (options.radius() < 0 || options.radius() > (1 << 16)) {
    return c.Invalid("has the radius " + std::to_string(options.radius()));
  }
  const int64_t size = 2 * int64_t{options.radius()} + 1;
  const ops::LrnAttrs attrs{-1, size, options.alpha() * static_cast<float>(size), options.beta(), options.bias()};
  c.Out(0, c.b.Op(ops::ids::kLrn, attrs, {c.In(0)}));
}

// softmax(beta x); with beta 1 it is left to the op.
void Softmax(OperatorContext& c) {
  const ValueId x = c.In(0);
  const float beta = c.Options<schema::SoftmaxOptions>().beta();
  ops::SoftmaxAttrs attrs;
  c.Out(0, c.b.Op(ops::ids::kSoftmax, attrs, {c.b.Mul(x, c.b.Scalar(c.b.dtype(x), beta))}));
}
bool HasBeta(OperatorContext& c) {
  return c.b.dtype(c.In(0)) == DType::kF32 && c.Options<schema::SoftmaxOptions>().beta() != 1.0f;
}

// The transform of a real [..., h, w] along both last dimensions: complex [..., h, w / 2 + 1].
void Rfft2d(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const std::vector<int64_t> length = c.Ints(1, "the lengths of a Fourier transform");
  if (!b.ok()) return;
  if (length.size() != 2 || b.rank(x) < 2 || length[0] < 1 || length[1] < 1) {
    return c.Invalid("wants two dimensions and two lengths");
  }
  std::vector<int64_t> dims = c.Dims(x);
  dims.push_back(1);
  ValueId y = b.Op(ops::ids::kDft, ops::DftAttrs{b.rank(x) - 1, length[1], false, true}, {b.Reshape(x, dims)});
  if (length[0] != 1 || b.Dim(x, -2) != 1)
    y = b.Op(ops::ids::kDft, ops::DftAttrs{b.rank(x) - 2, length[0], false, false}, {y});
  c.Out(0, y);
}

constexpr Converter kTable[] = {
    {BuiltinOperator::FULLY_CONNECTED, FullyConnected, {}, false, IsReal},
    {BuiltinOperator::BATCH_MATMUL, BatchMatmul},
    {BuiltinOperator::L2_NORMALIZATION, L2Normalization},
    {BuiltinOperator::LOCAL_RESPONSE_NORMALIZATION, LocalResponseNormalization},
    {BuiltinOperator::SOFTMAX, Softmax, {}, false, HasBeta},
    {BuiltinOperator::RFFT2D, Rfft2d, {}, true},
};

}  // namespace

std::span<const Converter> MatrixConverters() { return kTable; }

}  // namespace verge::tflite
