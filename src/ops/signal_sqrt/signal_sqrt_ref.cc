#include <algorithm>

#include "ops/kernel.h"
#include "ops/signal_sqrt/signal_sqrt.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// Digit by digit, two bits of x a step; what is left decides the rounding.
uint32_t RoundedRoot(uint64_t x) {
  uint64_t root = 0;
  uint64_t rest = x;
  for (uint64_t bit = uint64_t{1} << 62; bit != 0; bit >>= 2) {
    if (rest >= root + bit) {
      rest -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  const uint64_t most = x >> 32 == 0 ? 0xffff : 0xffffffff;
  if (rest > root && root < most) ++root;
  return static_cast<uint32_t>(root);
}

void Run(const RunArgs& args) {
  const size_t count = args.inputs[0].shape().elems();
  const int32_t bits = std::clamp(*args.inputs[1].as<const int32_t>(), 0, 31);
  for (size_t i = 0; i < count; ++i) {
    args.outputs[0].as<uint32_t>()[i] = RoundedRoot(args.inputs[0].as<const uint64_t>()[i]) >> bits;
  }
}

}  // namespace

extern const Kernel kSignalSqrtRef = {"signal_sqrt_u64__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
