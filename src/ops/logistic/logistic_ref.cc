#include <cmath>

#include "ops/kernel.h"
#include "ops/logistic/logistic.h"
#include "ops/quant_curve.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  if (args.outputs[0].dtype() != DType::kF32) return RunQuantLogistic(args.inputs[0], args.outputs[0]);
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  const size_t count = args.inputs[0].shape().elems();
  for (size_t i = 0; i < count; ++i) y[i] = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(x[i]))));
}

}  // namespace

extern const Kernel kLogisticRef = {"logistic_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
