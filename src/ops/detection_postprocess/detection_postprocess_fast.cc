#include <array>

#include "ops/detection_postprocess/detector.h"
#include "ops/fast_kernels.h"

namespace verge::ops {
namespace {

template <const kernels::BoxesF32Table& kTable>
class DetectionKernel {
 public:
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, nullptr, Run}; }

 private:
  class Kept {
   public:
    Kept(std::byte* scratch, const DetectorLayout& layout)
        : kept_(kTable, {reinterpret_cast<float*>(scratch + layout.planes), kernels::kBoxPlanes * layout.taken_count}) {
    }
    void Clear() { kept_.Clear(); }
    bool Covers(const CornerBox* boxes, int32_t i, float threshold) const {
      return kept_.Covers(Planes(boxes[i]).data(), threshold, kernels::BoxRule::kPositiveAreas);
    }
    void Add(const CornerBox* boxes, int32_t i) { kept_.Add(Planes(boxes[i]).data()); }

   private:
    static std::array<float, kernels::kBoxPlanes> Planes(const CornerBox& b) {
      return {b.y1, b.x1, b.y2, b.x2, b.Area()};
    }
    KeptBoxes kept_;
  };

  static bool Supports(const PrepareArgs& args) { return IsUsable(kTable, args); }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const DetectorLayout layout(args.attrs.As<DetectionPostprocessAttrs>(), Dim(args.inputs[2].type.shape, 0));
    return KernelNeeds{.scratch_bytes = layout.total};
  }

  static void Run(const RunArgs& args) { Detector<Kept>(args, args.attrs.As<DetectionPostprocessAttrs>()).Run(); }
};

}  // namespace

VERGE_FAST_KERNELS(DetectionPostprocess, DetectionKernel, boxes_f32, "detection_postprocess_f32")

}  // namespace verge::ops
