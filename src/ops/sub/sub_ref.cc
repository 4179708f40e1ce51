#include "ops/sub/sub.h"

#include "ops/kernel.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const int32_t activation = args.attrs.As<SubAttrs>().activation;
  if (args.outputs[0].dtype() != DType::kF32) {
    const Tensor &a = args.inputs[0], &b = args.inputs[1], &y = args.outputs[0];
    const SumQuant q(a.type, b.type, y.type, activation, -1);
    return DispatchQuantised(y.dtype(), [&]<typename T>() {
      MapBroadcast<T, T, T>(a, b, y, [&q](T p, T r) { return static_cast<T>(q(p, r)); });
    });
  }
  const ActivationRange range = RangeOf(activation);
  ForEachBroadcast(args.inputs[0], args.inputs[1], args.outputs[0],
                   [range](float a, float b) { return range.Clamp(a - b); });
}

}  // namespace

extern const Kernel kSubRef = {"sub_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
