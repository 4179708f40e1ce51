#include "ops/nms/nms.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

float Overlap(const NmsBox& a, const NmsBox& b) {
  const float h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  if (h <= 0 || w <= 0) return 0;
  const float joint = h * w;
  return joint / (a.Area() + b.Area() - joint);
}

}  // namespace

NmsBox ReadNmsBox(const float* box, bool center) {
  if (center) {
    return {box[1] - box[3] / 2, box[0] - box[2] / 2, box[1] + box[3] / 2, box[0] + box[2] / 2};
  }
  return {std::min(box[0], box[2]), std::min(box[1], box[3]), std::max(box[0], box[2]), std::max(box[1], box[3])};
}

std::optional<int64_t> NmsCapacity(int64_t max_per_class, const Shape& scores) {
  const std::optional<int64_t> rows = CheckedMul(scores[0], scores[1]);
  return rows ? CheckedMul(*rows, std::min(max_per_class, scores[2])) : std::nullopt;
}

int64_t SuppressBoxes(const NmsAttrs& attrs, const Shape& scores_shape, const float* boxes, const float* scores,
                      const NmsScratch& scratch, int64_t* y) {
  int64_t taken = 0;
  const int64_t n = scores_shape[2];
  for (int64_t row = 0; row < scores_shape[0] * scores_shape[1]; ++row) {
    const int64_t batch = row / scores_shape[1];
    const float* score = scores + row * n;
    size_t candidates = 0;
    for (int64_t i = 0; i < n; ++i) {
      const bool is_candidate = attrs.has_score_threshold ? score[i] > attrs.score_threshold : score[i] == score[i];
      if (is_candidate) scratch.order[candidates++] = static_cast<int32_t>(i);  // never a NaN: it has no place
    }
    const std::span<int32_t> order = scratch.order.first(candidates);
    std::sort(order.begin(), order.end(),
              [&](int32_t a, int32_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
    size_t kept = 0;
    for (const int32_t i : order) {
      if (static_cast<int64_t>(kept) >= attrs.max_per_class) break;
      const NmsBox box = ReadNmsBox(boxes + (batch * n + i) * 4, attrs.center);
      bool is_free = true;
      for (size_t k = 0; is_free && k < kept; ++k) {
        const float* other = &scratch.kept[4 * k];
        is_free = !(Overlap(box, {other[0], other[1], other[2], other[3]}) > attrs.iou_threshold);
      }
      if (!is_free) continue;
      const float corners[] = {box.y1, box.x1, box.y2, box.x2};
      std::copy_n(corners, 4, &scratch.kept[4 * kept++]);
      if (y != nullptr) {
        y[3 * taken] = batch;
        y[3 * taken + 1] = row % scores_shape[1];
        y[3 * taken + 2] = i;
      }
      ++taken;
    }
  }
  return taken;
}

namespace {

// How many boxes constants give.
int64_t CountBoxes(const InferArgs& args) {
  const auto& attrs = args.attrs.As<NmsAttrs>();
  const Shape& scores = args.inputs[1].type.shape;
  std::vector<int32_t> order(static_cast<size_t>(scores[2]));
  std::vector<float> kept(4 * static_cast<size_t>(std::min(scores[2], attrs.max_per_class)));
  return SuppressBoxes(attrs, scores, static_cast<const float*>(args.inputs[0].constant),
                       static_cast<const float*>(args.inputs[1].constant), {order, kept}, nullptr);
}

}  // namespace

Status InferNms(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "boxes", {DType::kF32}, 3));
  VERGE_TRY(CheckInput(args, 1, "scores", {DType::kF32}, 3));
  const auto& attrs = args.attrs.As<NmsAttrs>();
  const Shape& boxes = args.inputs[0].type.shape;
  const Shape& scores = args.inputs[1].type.shape;
  VERGE_TRY(CheckDim(args, 0, "boxes", 2, 4));
  VERGE_TRY(CheckDim(args, 1, "scores", 0, boxes[0]));
  VERGE_TRY(CheckDim(args, 1, "scores", 2, boxes[1]));
  if (scores[2] > std::numeric_limits<int32_t>::max()) return VERGE_ERROR(kInvalidArgument, "there are too many boxes");
  args.outputs[0].dtype = DType::kI64;
  if (attrs.capacity == 0) {
    if (args.inputs[0].constant == nullptr || args.inputs[1].constant == nullptr || args.outputs.size() != 1) {
      return VERGE_ERROR(kUnsupported, "without a capacity the inputs must be constants, and y is the only output");
    }
    args.outputs[0].shape = {CountBoxes(args), 3};
    return Status::Ok();
  }
  const std::optional<int64_t> most = NmsCapacity(attrs.max_per_class, scores);
  if (!most || attrs.capacity < *most || args.outputs.size() != 2) {
    return VERGE_ERROR(kInvalidArgument, "attribute capacity is " + std::to_string(attrs.capacity) +
                                             ", fewer than the boxes that may be taken, or output count is missing");
  }
  args.outputs[0].shape = {attrs.capacity, 3};
  args.outputs[1].dtype = DType::kI64;
  args.outputs[1].shape = {1};
  return Status::Ok();
}

}  // namespace verge::ops
