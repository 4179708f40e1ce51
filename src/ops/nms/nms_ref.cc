#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nms/nms.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  auto* y = args.outputs[0].as<int64_t>();
  for (const NmsBox& box : SuppressBoxes(args.attrs.As<NmsAttrs>(), args.inputs[1].shape(),
                                         args.inputs[0].as<const float>(), args.inputs[1].as<const float>())) {
    *y++ = box.batch;
    *y++ = box.cls;
    *y++ = box.box;
  }
}

}  // namespace

extern const Kernel kNmsRef = {"nms_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
