#include <algorithm>
#include <cstdlib>

#include "ops/kernel.h"
#include "ops/signal_auto_scale/signal_auto_scale.h"
#include "ops/signal_bits.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto* x = args.inputs[0].as<const int16_t>();
  const size_t count = args.inputs[0].shape().elems();
  int32_t largest = 0;
  for (size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(int32_t{x[i]}));
  const int32_t bits = largest == 0 ? 0 : std::max(0, 15 - BitLength(static_cast<uint32_t>(largest)));
  for (size_t i = 0; i < count; ++i) args.outputs[0].as<int16_t>()[i] = static_cast<int16_t>(x[i] * (1 << bits));
  *args.outputs[1].as<int32_t>() = bits;
}

}  // namespace

extern const Kernel kSignalAutoScaleRef = {"signal_auto_scale_i16__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
