// Float ops of com.microsoft: what ONNX Runtime's optimisers fuse, and old names of ops that ONNX took over.
#include <algorithm>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

// The n-th constant of a fused activation.
double Parameter(NodeContext& c, size_t n, double otherwise) {
  const Attribute* found = c.Find("activation_params");
  return found != nullptr && n < found->floats.size() ? static_cast<double>(found->floats[n]) : otherwise;
}

ValueId Activate(NodeContext& c, ValueId x) {
  Builder& b = c.b;
  const std::string name = c.String("activation", "");
  if (name.empty()) return x;
  if (name == "Relu") return b.Unary(UnaryKind::kRelu, x);
  if (name == "Tanh") return b.Unary(UnaryKind::kTanh, x);
  if (name == "Sigmoid") return b.Unary(UnaryKind::kSigmoid, x);
  if (name == "HardSwish") return b.Unary(UnaryKind::kHardSwish, x);
  if (name == "LeakyRelu") {
    const double alpha = c.Find("activation_alpha") != nullptr ? static_cast<double>(c.Float("activation_alpha", 0))
                                                               : Parameter(c, 0, 0.01);
    return b.Unary(UnaryKind::kLeakyRelu, x, static_cast<float>(alpha));
  }
  if (name == "HardSigmoid") {
    return b.Unary(UnaryKind::kHardSigmoid, x, static_cast<float>(Parameter(c, 0, 0.2)),
                   static_cast<float>(Parameter(c, 1, 0.5)));
  }
  if (name == "Clip") {
    const ValueId low = b.Binary(BinaryKind::kMax, x, b.Scalar(b.dtype(x), Parameter(c, 0, 0)));
    return b.Binary(BinaryKind::kMin, low, b.Scalar(b.dtype(x), Parameter(c, 1, 0)));
  }
  c.Unsupported("the activation '" + name.substr(0, 50) + "'");
  return x;
}

void FusedConv(NodeContext& c) {
  ValueId y = Convolve(c, c.In(0), c.In(1), c.Has(2) ? c.In(2) : kNoValue);
  if (c.Has(3)) y = c.b.Add(y, c.In(3));
  c.Out(0, Activate(c, y));
}

ValueId Scaled(NodeContext& c, ValueId x, const char* name) {
  const auto factor = static_cast<double>(c.Float(name, 1));
  return factor == 1.0 ? x : c.b.Mul(x, c.b.Scalar(c.b.dtype(x), factor));
}

void FusedGemm(NodeContext& c) {
  ValueId y = c.b.Matmul(c.In(0), c.In(1), c.Int("transA", 0) != 0, c.Int("transB", 0) != 0);
  y = Scaled(c, y, "alpha");
  if (c.Has(2)) y = c.b.Add(y, Scaled(c, c.In(2), "beta"));
  c.Out(0, Activate(c, y));
}

void FusedMatMul(NodeContext& c) {
  if (c.Int("transBatchA", 0) != 0 || c.Int("transBatchB", 0) != 0) return c.Unsupported("transposed batches");
  const ValueId y = c.b.Matmul(c.In(0), c.In(1), c.Int("transA", 0) != 0, c.Int("transB", 0) != 0);
  c.Out(0, Scaled(c, y, "alpha"));
}

void Gelu(NodeContext& c) { c.Out(0, c.b.Unary(UnaryKind::kGelu, c.In(0))); }
void BiasGelu(NodeContext& c) { c.Out(0, c.b.Unary(UnaryKind::kGelu, c.b.Add(c.In(0), c.In(1)))); }
void FastGelu(NodeContext& c) { c.Out(0, TanhGelu(c.b, c.Has(1) ? c.b.Add(c.In(0), c.In(1)) : c.In(0))); }

void QuickGelu(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId alpha = b.Scalar(b.dtype(x), static_cast<double>(c.Float("alpha", 1.702f)));
  c.Out(0, b.Mul(x, b.Unary(UnaryKind::kSigmoid, b.Mul(x, alpha))));
}

// The layer's input is x + skip (+ bias), which may be wanted as well.
void SkipLayerNormalization(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = b.Add(c.In(0), c.In(1));
  if (c.Has(4)) x = b.Add(x, c.In(4));
  const Moments m = MomentsOf(b, x, {b.rank(x) - 1}, c.Float("epsilon", 1e-12f));
  ValueId y = b.Mul(b.Mul(m.centred, m.inverse), c.In(2));
  if (c.Has(3)) y = b.Add(y, c.In(3));
  c.Out(0, y);
  if (c.Wants(1)) c.Out(1, b.Reduce(ops::ReduceKind::kMean, x, {b.rank(x) - 1}, true));
  c.Out(2, m.inverse);
  c.Out(3, x);
}

void SkipSimplifiedLayerNormalization(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = b.Add(c.In(0), c.In(1));
  if (c.Has(3)) x = b.Add(x, c.In(3));
  c.Out(0, b.Mul(RootMeanSquareNorm(b, x, {b.rank(x) - 1}, c.Float("epsilon", 1e-12f)), c.In(2)));
  c.Out(3, x);
}

// Ops that mean the same as their namesake of ONNX.
template <const char* kName>
void AsOnnx(NodeContext& c) {
  FindConverter("", kName)->convert(c);
}
constexpr char kGridSample[] = "GridSample";
constexpr char kLayerNormalization[] = "LayerNormalization";
constexpr char kPad[] = "Pad";
constexpr char kRange[] = "Range";
constexpr char kTrilu[] = "Trilu";

constexpr Converter kRows[] = {
    {"BiasGelu", BiasGelu, 1},
    {"FastGelu", FastGelu, 1},
    {"FusedConv", FusedConv, 1},
    {"FusedGemm", FusedGemm, 1},
    {"FusedMatMul", FusedMatMul, 1},
    {"Gelu", Gelu, 1},
    {"GridSample", AsOnnx<kGridSample>, 1},
    {"LayerNormalization", AsOnnx<kLayerNormalization>, 1},
    {"MultiHeadAttention", ConvertMultiHeadAttention, 1},
    {"Pad", AsOnnx<kPad>, 1},
    {"QuickGelu", QuickGelu, 1},
    {"Range", AsOnnx<kRange>, 1},
    {"SkipLayerNormalization", SkipLayerNormalization, 1},
    {"SkipSimplifiedLayerNormalization", SkipSimplifiedLayerNormalization, 1},
    {"Trilu", AsOnnx<kTrilu>, 1},
};

}  // namespace

const std::span<const Converter> kMicrosoftConverters = kRows;

}  // namespace verge::onnx
