#include <cmath>

#include "ops/kernel.h"
#include "ops/logistic/logistic.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  const size_t count = args.inputs[0].shape().elems();
  for (size_t i = 0; i < count; ++i) y[i] = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(x[i]))));
}

}  // namespace

extern const Kernel kLogisticRef = {"logistic_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
