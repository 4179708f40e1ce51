// Products of matrices, normalisations, Fourier transforms.
#include "import/tflite/convert/tables.h"
#include "import/tflite/mapping.h"
#include "ops/dft/dft.h"
#include "ops/lrn/lrn.h"

namespace verge::tflite {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using schema::BuiltinOperator;

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
    {BuiltinOperator::BATCH_MATMUL, BatchMatmul},
    {BuiltinOperator::L2_NORMALIZATION, L2Normalization},
    {BuiltinOperator::LOCAL_RESPONSE_NORMALIZATION, LocalResponseNormalization},
    {BuiltinOperator::RFFT2D, Rfft2d, {}, true},
};

}  // namespace

std::span<const Converter> MatrixConverters() { return kTable; }

}  // namespace verge::tflite
