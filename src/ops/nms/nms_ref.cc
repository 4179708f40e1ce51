#include <algorithm>
#include <vector>

#include "ops/kernel.h"
#include "ops/nms/nms.h"

namespace verge::ops {
namespace {

size_t OrderSize(const Shape& scores) { return static_cast<size_t>(scores[2]); }
size_t KeptSize(const NmsAttrs& attrs, const Shape& scores) {
  return 4 * static_cast<size_t>(std::min(scores[2], attrs.max_per_class));
}

bool Supports(const PrepareArgs& /*args*/) { return true; }

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  const Shape& scores = args.inputs[1].type.shape;
  return KernelNeeds{.scratch_bytes = OrderSize(scores) * sizeof(int32_t) +
                                      KeptSize(args.attrs.As<NmsAttrs>(), scores) * sizeof(float)};
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<NmsAttrs>();
  const Shape& scores = args.inputs[1].shape();
  std::vector<int32_t> own_order;  // where nobody gave scratch: constant folding, not a session
  std::vector<float> own_kept;
  NmsScratch scratch;
  if (args.scratch != nullptr) {
    scratch.order = {reinterpret_cast<int32_t*>(args.scratch), OrderSize(scores)};
    scratch.kept = {reinterpret_cast<float*>(args.scratch + scratch.order.size_bytes()), KeptSize(attrs, scores)};
  } else {
    own_order.resize(OrderSize(scores));
    own_kept.resize(KeptSize(attrs, scores));
    scratch = {own_order, own_kept};
  }
  auto* y = args.outputs[0].as<int64_t>();
  const int64_t count =
      SuppressBoxes(attrs, scores, args.inputs[0].as<const float>(), args.inputs[1].as<const float>(), scratch, y);
  std::fill(y + 3 * count, y + args.outputs[0].shape().elems(), 0);
  if (args.outputs.size() > 1) *args.outputs[1].as<int64_t>() = count;
}

}  // namespace

extern const Kernel kNmsRef = {"nms_f32__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
