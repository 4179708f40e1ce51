// Losses, as their definitions say; useful to evaluate a model with the graph that trained it.
#include "import/onnx/convert/tables.h"
#include "ops/gather_elements/gather_elements.h"
#include "ops/softmax/softmax.h"

namespace verge::onnx {
namespace {

using ops::CompareKind;
using ops::ReduceKind;

// -weight[target] * log_probability[n, target, d...], 0 where the target is ignored; mean divides by the weights' sum.
ValueId NegativeLogLikelihood(NodeContext& c, ValueId log_probability, ValueId target, ValueId weight) {
  Builder& b = c.b;
  const DType type = b.dtype(log_probability);
  const bool has_ignored = c.Find("ignore_index") != nullptr;
  std::vector<int64_t> column = {b.shape(target).dims().begin(), b.shape(target).dims().end()};
  if (column.empty()) {
    c.Invalid("the targets want one dimension or more");
    return kNoValue;
  }
  const std::vector<int64_t> dims = column;
  column.insert(column.begin() + 1, 1);
  ValueId index = b.Cast(target, DType::kI64);
  ValueId kept = kNoValue;
  if (has_ignored) {
    const ValueId ignored =
        b.Compare(CompareKind::kEqual, index, b.Reshape(b.IntsConstant({c.Int("ignore_index", 0)}), {}));
    index = b.Where(ignored, b.Scalar(DType::kI64, 0), index);
    kept = b.Cast(b.Unary(ops::UnaryKind::kNot, ignored), type);
  }
  const ValueId picked =
      b.Op(ops::ids::kGatherElements, ops::GatherElementsAttrs{1}, {log_probability, b.Reshape(index, column)});
  ValueId loss = b.Unary(ops::UnaryKind::kNeg, b.Reshape(picked, dims));
  ValueId weights = weight == kNoValue ? kNoValue : b.Gather(weight, index, 0);
  if (kept != kNoValue) weights = weights == kNoValue ? kept : b.Mul(weights, kept);
  if (weights != kNoValue) loss = b.Mul(loss, weights);
  const std::string reduction = c.String("reduction", "mean");
  if (reduction == "none") return loss;
  if (reduction == "sum") return b.Reduce(ReduceKind::kSum, loss, {}, false);
  if (weights == kNoValue) return b.Reduce(ReduceKind::kMean, loss, {}, false);
  return b.Div(b.Reduce(ReduceKind::kSum, loss, {}, false), b.Reduce(ReduceKind::kSum, weights, {}, false));
}

void NegativeLogLikelihoodLoss(NodeContext& c) {
  c.Out(0, NegativeLogLikelihood(c, c.In(0), c.In(1), c.Has(2) ? c.In(2) : kNoValue));
}

void SoftmaxCrossEntropyLoss(NodeContext& c) {
  const ops::SoftmaxAttrs attrs{static_cast<int32_t>(ops::SoftmaxKind::kLogSoftmax), 1};
  const ValueId log_probability = c.b.Op(ops::ids::kSoftmax, attrs, {c.In(0)});
  c.Out(0, NegativeLogLikelihood(c, log_probability, c.In(1), c.Has(2) ? c.In(2) : kNoValue));
  c.Out(1, log_probability);
}

constexpr Converter kRows[] = {
    {"NegativeLogLikelihoodLoss", NegativeLogLikelihoodLoss, 12},
    {"SoftmaxCrossEntropyLoss", SoftmaxCrossEntropyLoss, 12},
};

}  // namespace

const std::span<const Converter> kLossConverters = kRows;

}  // namespace verge::onnx
