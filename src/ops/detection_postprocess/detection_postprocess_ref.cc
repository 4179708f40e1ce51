#include "ops/detection_postprocess/detector.h"

namespace verge::ops {
namespace {

class PlainKept {
 public:
  PlainKept(std::byte* scratch, const DetectorLayout& layout)
      : taken_(reinterpret_cast<const int32_t*>(scratch + layout.taken)) {}
  void Clear() { count_ = 0; }
  bool Covers(const CornerBox* boxes, int32_t i, float threshold) const {
    return std::any_of(taken_, taken_ + count_,
                       [&](int32_t other) { return IntersectionOverUnion(boxes[other], boxes[i]) > threshold; });
  }
  // The detector itself writes down what it takes.
  void Add(const CornerBox* /*boxes*/, int32_t /*i*/) { ++count_; }

 private:
  const int32_t* taken_;
  size_t count_ = 0;
};

bool Supports(const PrepareArgs& /*args*/) { return true; }

Result<KernelNeeds> Needs(const PrepareArgs& args) {
  const auto n = static_cast<size_t>(args.inputs[2].type.shape[0]);
  return KernelNeeds{.scratch_bytes = DetectorLayout(args.attrs.As<DetectionPostprocessAttrs>(), n).total};
}

void Run(const RunArgs& args) { Detector<PlainKept>(args, args.attrs.As<DetectionPostprocessAttrs>()).Run(); }

}  // namespace

extern const Kernel kDetectionPostprocessRef = {"detection_postprocess_f32__ref", Supports, Needs, nullptr, Run};

}  // namespace verge::ops
