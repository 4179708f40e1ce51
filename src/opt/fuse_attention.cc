// Scaled dot-product attention written in parts becomes one node:
//
//   softmax(q k' * scale + mask) v
//
// The scale may stand at q, at k, at both or at their product, multiplied or divided by; the mask may be missing. f32,
// softmax along the last dimension, and only when nobody else reads a part.
#include "ops/attention/attention.h"
#include "ops/matmul/matmul.h"
#include "ops/op_ids.h"
#include "ops/softmax/softmax.h"
#include "opt/activation_field.h"
#include "opt/formula.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

struct Scores {
  ValueId q = kNoValue, k = kNoValue, mask = kNoValue;
  double scale = 1;
  bool transposed_k = false;
};

// factor * x: of which x. kNoValue for any other product.
ValueId ScaledOf(const Rewriter& r, ValueId id, double& scale) {
  const Product product = ProductOf(r, id);
  if (product.values.size() != 1 || !product.divisors.empty()) return kNoValue;
  scale *= product.factor;
  return product.values[0];
}

std::optional<Scores> UnmaskedOf(const Rewriter& r, ValueId id) {
  Scores scores;
  const ValueId product = ScaledOf(r, id, scores.scale);
  if (product == kNoValue || !r.IsReadOnce(product)) return std::nullopt;
  const ir::Node* matmul = r.Maker(product, ops::ids::kMatmul);
  if (matmul == nullptr || matmul->attrs.As<ops::MatmulAttrs>().transpose_a) return std::nullopt;
  scores.transposed_k = !matmul->attrs.As<ops::MatmulAttrs>().transpose_b;
  scores.q = ScaledOf(r, r.In(*matmul, 0), scores.scale);
  scores.k = ScaledOf(r, r.In(*matmul, 1), scores.scale);
  return scores.q == kNoValue || scores.k == kNoValue ? std::nullopt : std::optional(scores);
}

std::optional<Scores> ScoresOf(const Rewriter& r, ValueId id) {
  const ir::Node* sum = r.Maker(id, ops::ids::kAdd);
  if (sum == nullptr) return UnmaskedOf(r, id);
  if (!r.IsReadOnce(id) || !HasNoActivation(*sum)) return std::nullopt;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    if (r.value(r.In(*sum, side)).shape != r.value(id).shape) continue;
    std::optional<Scores> scores = UnmaskedOf(r, r.In(*sum, side));
    if (!scores) continue;
    scores->mask = r.In(*sum, 1 - side);
    return scores;
  }
  return std::nullopt;
}

// What the shares are the softmax of; kNoValue when they are none, or of another dimension.
ValueId SoftmaxOf(const Rewriter& r, ValueId id) {
  const ir::Node* softmax = r.Maker(id, ops::ids::kSoftmax);
  if (softmax == nullptr || !r.IsReadOnce(id) || !r.IsFloat(id)) return kNoValue;
  const auto& a = softmax->attrs.As<ops::SoftmaxAttrs>();
  const bool is_last = a.axis == -1 || a.axis == r.value(id).shape.rank() - 1;
  const bool is_plain = a.kind == static_cast<int32_t>(ops::SoftmaxKind::kSoftmax) && a.beta == 1;
  return is_last && is_plain ? r.In(*softmax, 0) : kNoValue;
}

}  // namespace

Result<PassReport> FuseAttention(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.op != ops::ids::kMatmul) return Status::Ok();
    const auto& a = node.attrs.As<ops::MatmulAttrs>();
    const ValueId scored = a.transpose_a || a.transpose_b ? kNoValue : SoftmaxOf(r, r.In(node, 0));
    if (scored == kNoValue) return Status::Ok();
    const std::optional<Scores> scores = ScoresOf(r, scored);
    if (!scores) return Status::Ok();
    std::vector<ValueId> inputs = {scores->q, scores->k, r.In(node, 1)};
    if (scores->mask != kNoValue) inputs.push_back(scores->mask);
    const ops::AttentionAttrs attrs{static_cast<float>(scores->scale), scores->transposed_k};
    const ir::Node fused = Become(node, ops::ids::kAttention, attrs, std::move(inputs));
    if (!r.Fits(fused)) return Status::Ok();
    r.Note(Label(node) + " is attention");
    node = fused;
    return Status::Ok();
  });
}

}  // namespace verge::opt
