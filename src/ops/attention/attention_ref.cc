#include <algorithm>
#include <cmath>

#include "ops/attention/attention.h"
#include "ops/broadcast.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  const AttentionShape s =
      AttentionShapeOf(args.attrs.As<AttentionAttrs>(), args.inputs[0].type.shape, args.inputs[1].type.shape,
                       args.inputs[2].type.shape, args.outputs[0].shape);
  return KernelNeeds{.scratch_bytes = static_cast<size_t>(s.keys) * sizeof(double)};
}

// One query of one head.
struct Query {
  const float* q;
  const float* k;
  int64_t key_step, depth_step;  // in k
  const float* v;
  const float* mask;  // null: none
  int64_t mask_step;
  float* y;
};

void Attend(const AttentionShape& s, double scale, const Query& one, double* scores) {
  double top = -HUGE_VAL;
  for (int64_t j = 0; j < s.keys; ++j) {
    double sum = 0;
    for (int64_t d = 0; d < s.depth; ++d) {
      sum += static_cast<double>(one.q[d]) * static_cast<double>(one.k[j * one.key_step + d * one.depth_step]);
    }
    scores[j] = sum * scale + (one.mask == nullptr ? 0.0 : static_cast<double>(one.mask[j * one.mask_step]));
    top = std::max(top, scores[j]);
  }
  double total = 0;
  for (int64_t j = 0; j < s.keys; ++j) total += scores[j] = std::exp(scores[j] - top);
  for (int64_t e = 0; e < s.width; ++e) {
    double sum = 0;
    for (int64_t j = 0; j < s.keys; ++j) sum += scores[j] * static_cast<double>(one.v[j * s.width + e]);
    one.y[e] = static_cast<float>(sum / total);
  }
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<AttentionAttrs>();
  const Tensor &q = args.inputs[0], &k = args.inputs[1], &v = args.inputs[2];
  const AttentionShape s = AttentionShapeOf(attrs, q.shape(), k.shape(), v.shape(), args.outputs[0].shape());
  const bool has_mask = args.inputs.size() > 3 && args.inputs[3].data != nullptr;
  const Strides mask = has_mask ? BroadcastStrides(args.inputs[3].shape(), s.scores) : Strides{};
  const auto last = static_cast<size_t>(s.scores.rank() - 1);
  NdWalk<4> walk(s.heads, {MatrixStrides(q.shape(), s.heads), MatrixStrides(k.shape(), s.heads),
                           MatrixStrides(v.shape(), s.heads), mask});
  auto* y = args.outputs[0].as<float>();
  for (size_t head = 0; head < s.heads.elems(); ++head, walk.Next()) {
    for (int64_t i = 0; i < s.queries; ++i, y += s.width) {
      const Query one = {q.as<const float>() + walk[0] + i * s.depth,
                         k.as<const float>() + walk[1],
                         attrs.transposed_k ? 1 : s.depth,
                         attrs.transposed_k ? s.keys : 1,
                         v.as<const float>() + walk[2],
                         has_mask ? args.inputs[3].as<const float>() + walk[3] + i * mask[last - 1] : nullptr,
                         mask[last],
                         y};
      Attend(s, static_cast<double>(attrs.scale), one, reinterpret_cast<double*>(args.scratch));
    }
  }
}

}  // namespace

extern const Kernel kAttentionRef = {"attention_f32__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
