#include <cmath>
#include <cstring>

#include "ops/box_overlap.h"
#include "ops/kernel.h"
#include "ops/nms_padded/nms_padded.h"

namespace verge::ops {
namespace {

// A box that waits for its turn.
struct Candidate {
  float score;
  int32_t compared;  // with how many of the taken boxes
  bool is_waiting;
};

bool Supports(const PrepareArgs& /*args*/) { return true; }

Result<KernelNeeds> Needs(const PrepareArgs& args) {
  return KernelNeeds{.scratch_bytes = sizeof(Candidate) * args.inputs[1].type.shape.elems()};
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<NmsPaddedAttrs>();
  const auto* boxes = args.inputs[0].as<const float>();
  const auto* scores = args.inputs[1].as<const float>();
  const size_t n = args.inputs[1].shape().elems();
  auto* candidates = reinterpret_cast<Candidate*>(args.scratch);
  auto* index = args.outputs[0].as<int32_t>();
  auto* taken_scores = args.outputs[1].as<float>();
  for (size_t i = 0; i < n; ++i) candidates[i] = {scores[i], 0, scores[i] > attrs.score_threshold};
  std::memset(index, 0, static_cast<size_t>(attrs.max_output) * sizeof(int32_t));
  std::memset(taken_scores, 0, static_cast<size_t>(attrs.max_output) * sizeof(float));
  int32_t count = 0;
  while (count < attrs.max_output) {
    size_t best = n;
    for (size_t i = 0; i < n; ++i) {
      if (candidates[i].is_waiting && (best == n || candidates[i].score > candidates[best].score)) best = i;
    }
    if (best == n) break;
    Candidate& next = candidates[best];
    const float score = next.score;
    const CornerBox box = OrderedBox(boxes + 4 * best);
    // The last taken ones first: they are the likeliest to overlap.
    for (int32_t j = count - 1; j >= next.compared && next.is_waiting; --j) {
      const float iou = IntersectionOverUnion(box, OrderedBox(boxes + 4 * static_cast<size_t>(index[j])));
      if (iou >= attrs.iou_threshold) next.is_waiting = false;
      if (attrs.sigma > 0) next.score *= std::exp(-0.5f / attrs.sigma * iou * iou);
      if (!(next.score > attrs.score_threshold)) next.is_waiting = false;
    }
    next.compared = count;
    if (!next.is_waiting || next.score != score) continue;
    next.is_waiting = false;
    index[count] = static_cast<int32_t>(best);
    taken_scores[count++] = score;
  }
  *args.outputs[2].as<int32_t>() = count;
}

}  // namespace

extern const Kernel kNmsPaddedRef = {"nms_padded_f32__ref", Supports, Needs, nullptr, Run};

}  // namespace verge::ops
