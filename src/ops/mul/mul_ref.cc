#include "ops/mul/mul.h"

#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const ActivationRange range = RangeOf(args.attrs.As<MulAttrs>().activation);
  ForEachBroadcast(args.inputs[0], args.inputs[1], args.outputs[0],
                   [range](float a, float b) { return range.Clamp(a * b); });
}

}  // namespace

extern const Kernel kMulRef = {"mul_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
