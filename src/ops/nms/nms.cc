#include "ops/nms/nms.h"

#include <algorithm>

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

struct Corners {
  float y1, x1, y2, x2;
  float Area() const { return (y2 - y1) * (x2 - x1); }
};

Corners ReadBox(const float* box, bool center) {
  if (center) {
    return {box[1] - box[3] / 2, box[0] - box[2] / 2, box[1] + box[3] / 2, box[0] + box[2] / 2};
  }
  return {std::min(box[0], box[2]), std::min(box[1], box[3]), std::max(box[0], box[2]), std::max(box[1], box[3])};
}

float Overlap(const Corners& a, const Corners& b) {
  const float h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  if (h <= 0 || w <= 0) return 0;
  const float joint = h * w;
  return joint / (a.Area() + b.Area() - joint);
}

}  // namespace

std::vector<NmsBox> SuppressBoxes(const NmsAttrs& attrs, const Shape& scores_shape, const float* boxes,
                                  const float* scores) {
  std::vector<NmsBox> taken;
  const int64_t n = scores_shape[2];
  for (int64_t row = 0; row < scores_shape[0] * scores_shape[1]; ++row) {
    const int64_t batch = row / scores_shape[1];
    const float* score = scores + row * n;
    std::vector<int64_t> order;
    for (int64_t i = 0; i < n; ++i) {
      const bool is_candidate = attrs.has_score_threshold ? score[i] > attrs.score_threshold : score[i] == score[i];
      if (is_candidate) order.push_back(i);  // never a NaN: it has no place in the order
    }
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return score[a] > score[b]; });
    std::vector<Corners> kept;
    for (const int64_t i : order) {
      if (static_cast<int64_t>(kept.size()) >= attrs.max_per_class) break;
      const Corners box = ReadBox(boxes + (batch * n + i) * 4, attrs.center);
      if (std::any_of(kept.begin(), kept.end(),
                      [&](const Corners& other) { return Overlap(box, other) > attrs.iou_threshold; }))
        continue;
      kept.push_back(box);
      taken.push_back({batch, row % scores_shape[1], i});
    }
  }
  return taken;
}

Status InferNms(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "boxes", {DType::kF32}, 3));
  VERGE_TRY(CheckInput(args, 1, "scores", {DType::kF32}, 3));
  const Shape& boxes = args.inputs[0].type.shape;
  const Shape& scores = args.inputs[1].type.shape;
  VERGE_TRY(CheckDim(args, 0, "boxes", 2, 4));
  VERGE_TRY(CheckDim(args, 1, "scores", 0, boxes[0]));
  VERGE_TRY(CheckDim(args, 1, "scores", 2, boxes[1]));
  if (args.inputs[0].constant == nullptr || args.inputs[1].constant == nullptr) {
    return VERGE_ERROR(kUnsupported, "the inputs must be constants: how many boxes are taken must be known");
  }
  const auto taken =
      SuppressBoxes(args.attrs.As<NmsAttrs>(), scores, static_cast<const float*>(args.inputs[0].constant),
                    static_cast<const float*>(args.inputs[1].constant));
  args.outputs[0].dtype = DType::kI64;
  args.outputs[0].shape = {static_cast<int64_t>(taken.size()), 3};
  return Status::Ok();
}

}  // namespace verge::ops
