// Normalisations, built from reductions and elementwise ops as their definitions say.
#include "import/onnx/convert/tables.h"
#include "ops/lrn/lrn.h"

namespace verge::onnx {
namespace {

using ops::ReduceKind;

ValueId InverseDeviation(Builder& b, ValueId variance, float epsilon) {
  const ValueId shifted = b.Add(variance, b.Scalar(b.dtype(variance), static_cast<double>(epsilon)));
  return b.Unary(ops::UnaryKind::kReciprocal, b.Unary(ops::UnaryKind::kSqrt, shifted));
}

// y = (x - mean) scale / sqrt(var + epsilon) + bias. In training mode the batch's own moments are used, and the running
// ones move on.
void BatchNormalization(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const int rank = b.rank(x);
  const float epsilon = c.Float("epsilon", 1e-5f);
  const auto wide = [&](ValueId v) { return AlongChannels(b, v, rank); };
  if (c.Int("training_mode", 0) == 0) {
    if (c.Wants(1) || (c.opset < 9 && c.Int("spatial", 1) == 0))
      return c.Unsupported("batch normalisation for training or per activation");
    const ValueId factor = b.Mul(c.In(1), InverseDeviation(b, c.In(4), epsilon));
    const ValueId offset = b.Sub(c.In(2), b.Mul(c.In(3), factor));
    return c.Out(0, b.Add(b.Mul(x, wide(factor)), wide(offset)));
  }
  std::vector<int64_t> axes = {0};
  for (const int64_t d : AxesFrom(b, x, 2)) axes.push_back(d);
  const Moments m = MomentsOf(b, x, axes, epsilon);
  c.Out(0, b.Add(b.Mul(b.Mul(m.centred, m.inverse), wide(c.In(1))), wide(c.In(2))));
  const double momentum = static_cast<double>(c.Float("momentum", 0.9f));
  const auto running = [&](ValueId before, ValueId now) {
    return b.Add(b.Mul(before, b.Scalar(b.dtype(x), momentum)), b.Mul(now, b.Scalar(b.dtype(x), 1 - momentum)));
  };
  c.Out(1, running(c.In(3), b.Reduce(ReduceKind::kMean, x, axes, false)));
  c.Out(2, running(c.In(4), b.Reduce(ReduceKind::kMean, b.Mul(m.centred, m.centred), axes, false)));
}

void InstanceNormalization(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const Moments m = MomentsOf(b, x, AxesFrom(b, x, 2), c.Float("epsilon", 1e-5f));
  const ValueId scaled = b.Mul(b.Mul(m.centred, m.inverse), AlongChannels(b, c.In(1), b.rank(x)));
  c.Out(0, b.Add(scaled, AlongChannels(b, c.In(2), b.rank(x))));
}

// Statistics over the channels of one group; the scale is one number a group before opset 21, one a channel since.
void GroupNormalization(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const std::vector<int64_t> dims(b.shape(x).dims().begin(), b.shape(x).dims().end());
  const int64_t groups = c.Int("num_groups", 1);
  const int64_t channels = b.Dim(x, 1);
  if (groups < 1 || channels % groups != 0) return c.Invalid("num_groups does not divide the channels");
  const ValueId grouped = b.Reshape(x, {b.Dim(x, 0), groups, -1});
  const Moments m = MomentsOf(b, grouped, {2}, c.Float("epsilon", 1e-5f));
  const ValueId normal = b.Reshape(b.Mul(m.centred, m.inverse), dims);
  const auto wide = [&](ValueId v) {
    if (c.opset < 21 && groups != channels) {
      v = b.Reshape(b.Expand(b.Reshape(v, {groups, 1}), {groups, channels / groups}), {channels});
    }
    return AlongChannels(b, v, static_cast<int>(dims.size()));
  };
  c.Out(0, b.Add(b.Mul(normal, wide(c.In(1))), wide(c.In(2))));
}

void RmsNormalization(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const std::vector<int64_t> axes = AxesFrom(b, x, c.Axis(c.Int("axis", -1), b.rank(x)));
  c.Out(0, b.Mul(RootMeanSquareNorm(b, x, axes, c.Float("epsilon", 1e-5f)), c.In(1)));
}

void LayerNormalization(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const std::vector<int64_t> axes = AxesFrom(b, x, c.Axis(c.Int("axis", -1), b.rank(x)));
  const Moments m = MomentsOf(b, x, axes, c.Float("epsilon", 1e-5f));
  ValueId y = b.Mul(b.Mul(m.centred, m.inverse), c.In(1));
  if (c.Has(2)) y = b.Add(y, c.In(2));
  c.Out(0, y);
  if (c.Wants(1)) c.Out(1, b.Reduce(ReduceKind::kMean, x, axes, true));
  c.Out(2, m.inverse);
}

void MeanVarianceNormalization(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const std::vector<int64_t> axes = c.Ints("axes", {0, 2, 3});
  const ValueId centred = b.Sub(x, b.Reduce(ReduceKind::kMean, x, axes, true));
  const ValueId deviation =
      b.Unary(ops::UnaryKind::kSqrt, b.Reduce(ReduceKind::kMean, b.Mul(centred, centred), axes, true));
  c.Out(0, b.Div(centred, b.Add(deviation, b.Scalar(b.dtype(x), 1e-9))));
}

void LpNormalization(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ReduceKind kind = c.Int("p", 2) == 1 ? ReduceKind::kL1 : ReduceKind::kL2;
  c.Out(0, b.Div(x, b.Reduce(kind, x, {c.Int("axis", -1)}, true)));
}

void Lrn(NodeContext& c) {
  ops::LrnAttrs attrs;
  attrs.axis = 1;
  attrs.size = c.Int("size", 1);
  attrs.alpha = c.Float("alpha", 0.0001f);
  attrs.beta = c.Float("beta", 0.75f);
  attrs.bias = c.Float("bias", 1);
  c.Out(0, c.b.Op(ops::ids::kLrn, attrs, {c.In(0)}));
}

constexpr Converter kRows[] = {
    {"BatchNormalization", BatchNormalization, 1},
    {"InstanceNormalization", InstanceNormalization, 1},
    {"LayerNormalization", LayerNormalization, 17},
    {"MeanVarianceNormalization", MeanVarianceNormalization, 9},
    {"LpNormalization", LpNormalization, 1},
    {"LRN", Lrn, 1},
    {"GroupNormalization", GroupNormalization, 18},
    {"RMSNormalization", RmsNormalization, 23},
    {"SimplifiedLayerNormalization", RmsNormalization, 1},
};

}  // namespace

ValueId AlongChannels(Builder& b, ValueId x, int rank) {
  std::vector<int64_t> dims = {b.Dim(x, 0)};
  for (int d = 2; d < rank; ++d) dims.push_back(1);
  return b.Reshape(x, dims);
}

ValueId RootMeanSquareNorm(Builder& b, ValueId x, const std::vector<int64_t>& axes, float epsilon) {
  return b.Mul(x, InverseDeviation(b, b.Reduce(ReduceKind::kMean, b.Mul(x, x), axes, true), epsilon));
}

Moments MomentsOf(Builder& b, ValueId x, const std::vector<int64_t>& axes, float epsilon) {
  const ValueId centred = b.Sub(x, b.Reduce(ReduceKind::kMean, x, axes, true));
  return {centred, InverseDeviation(b, b.Reduce(ReduceKind::kMean, b.Mul(centred, centred), axes, true), epsilon)};
}

std::vector<int64_t> AxesFrom(Builder& b, ValueId x, int first) {
  std::vector<int64_t> axes;
  for (int d = first; d < b.rank(x); ++d) axes.push_back(d);
  return axes;
}

const std::span<const Converter> kNormalisationConverters = kRows;

}  // namespace verge::onnx
