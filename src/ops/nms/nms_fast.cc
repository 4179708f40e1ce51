#include <algorithm>

#include "ops/fast_kernels.h"
#include "ops/kept_boxes.h"
#include "ops/nms/nms.h"
#include "ops/scratch.h"

namespace verge::ops {
namespace {

template <const kernels::BoxesF32Table& kTable>
class NmsKernel {
 public:
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, nullptr, Run}; }

 private:
  static bool Supports(const PrepareArgs& args) { return IsUsable(kTable, args); }

  struct Memory {
    Memory(Scratch& scratch, const NmsAttrs& attrs, const Shape& scores)
        : order(scratch.Take<int32_t>(Dim(scores, 2))),
          planes(scratch.Take<float>(kernels::kBoxPlanes *
                                     static_cast<size_t>(std::min(scores[2], attrs.max_per_class)))) {}
    std::span<int32_t> order;
    std::span<float> planes;
  };

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    Scratch scratch(nullptr);
    const Memory memory(scratch, args.attrs.As<NmsAttrs>(), args.inputs[1].type.shape);
    return KernelNeeds{.scratch_bytes = scratch.bytes()};
  }

  // The boxes that have a place in the order.
  static std::span<int32_t> Candidates(const NmsAttrs& attrs, const float* score, std::span<int32_t> order) {
    size_t count = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      const bool is_candidate = attrs.has_score_threshold ? score[i] > attrs.score_threshold : score[i] == score[i];
      if (is_candidate) order[count++] = static_cast<int32_t>(i);
    }
    return order.first(count);
  }

  static void Run(const RunArgs& args) {
    const auto& attrs = args.attrs.As<NmsAttrs>();
    const Shape& shape = args.inputs[1].shape();
    Scratch scratch(args.scratch);
    const Memory memory(scratch, attrs, shape);
    KeptBoxes kept(kTable, memory.planes);
    const auto most = static_cast<int64_t>(memory.planes.size() / kernels::kBoxPlanes);
    auto* y = args.outputs[0].as<int64_t>();
    int64_t taken = 0;
    for (int64_t row = 0; row < shape[0] * shape[1]; ++row) {
      const int64_t batch = row / shape[1];
      const float* score = args.inputs[1].as<const float>() + row * shape[2];
      const float* boxes = args.inputs[0].as<const float>() + batch * shape[2] * 4;
      const int64_t end = taken + most;
      kept.Clear();
      ForBestFirst(Candidates(attrs, score, memory.order), score, [&](int32_t i) {
        if (taken == end) return false;
        const NmsBox box = ReadNmsBox(boxes + int64_t{4} * i, attrs.center);
        const float planes[] = {box.y1, box.x1, box.y2, box.x2, box.Area()};
        if (kept.Covers(planes, attrs.iou_threshold, kernels::BoxRule::kNewFirst)) return true;
        kept.Add(planes);
        y[3 * taken] = batch;
        y[3 * taken + 1] = row % shape[1];
        y[3 * taken + 2] = i;
        ++taken;
        return true;
      });
    }
    std::fill(y + 3 * taken, y + args.outputs[0].shape().elems(), 0);
    if (args.outputs.size() > 1) *args.outputs[1].as<int64_t>() = taken;
  }
};

}  // namespace

VERGE_FAST_KERNELS(Nms, NmsKernel, boxes_f32, "nms_f32")

}  // namespace verge::ops
