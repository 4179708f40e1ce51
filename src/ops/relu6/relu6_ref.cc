#include "ops/activation.h"
#include "ops/kernel.h"
#include "ops/quant_elementwise.h"
#include "ops/relu6/relu6.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  if (args.outputs[0].dtype() != DType::kF32) return RescaleAndClamp(args.inputs[0], args.outputs[0], kActivationRelu6);
  const ActivationRange range = RangeOf(kActivationRelu6);
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  const size_t count = args.inputs[0].shape().elems();
  for (size_t i = 0; i < count; ++i) y[i] = range.Clamp(x[i]);
}

}  // namespace

extern const Kernel kRelu6Ref = {"relu6_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
