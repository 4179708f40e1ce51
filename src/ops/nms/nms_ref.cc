#include <algorithm>

#include "ops/kernel.h"
#include "ops/nms/nms.h"
#include "ops/scratch.h"

namespace verge::ops {
namespace {

NmsScratch Take(Scratch& scratch, const NmsAttrs& attrs, const Shape& scores) {
  return {.order = scratch.Take<int32_t>(static_cast<size_t>(scores[2])),
          .kept = scratch.Take<float>(4 * static_cast<size_t>(std::min(scores[2], attrs.max_per_class)))};
}

bool Supports(const PrepareArgs& /*args*/) { return true; }

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  Scratch scratch(nullptr);
  Take(scratch, args.attrs.As<NmsAttrs>(), args.inputs[1].type.shape);
  return KernelNeeds{.scratch_bytes = scratch.bytes()};
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<NmsAttrs>();
  const Shape& scores = args.inputs[1].shape();
  Scratch scratch(args.scratch);
  const NmsScratch memory = Take(scratch, attrs, scores);
  auto* y = args.outputs[0].as<int64_t>();
  const int64_t count =
      SuppressBoxes(attrs, scores, args.inputs[0].as<const float>(), args.inputs[1].as<const float>(), memory, y);
  std::fill(y + 3 * count, y + args.outputs[0].shape().elems(), 0);
  if (args.outputs.size() > 1) *args.outputs[1].as<int64_t>() = count;
}

}  // namespace

extern const Kernel kNmsRef = {"nms_f32__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
