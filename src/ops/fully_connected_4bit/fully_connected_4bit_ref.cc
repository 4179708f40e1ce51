#include "ops/fully_connected_4bit/fully_connected_4bit.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename T>
const T* Optional(const RunArgs& args, size_t i) {
  return i < args.inputs.size() ? args.inputs[i].as<const T>() : nullptr;
}

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<FullyConnected4bitAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& qs = args.inputs[1].shape();
  const int64_t k = xs[xs.rank() - 1], n = qs[0], blocks = qs[1];
  const auto* q = args.inputs[1].as<const uint8_t>();
  const auto* scales = args.inputs[2].as<const float>();
  const auto* zeros = Optional<uint8_t>(args, 3);
  const auto* bias = Optional<float>(args, 4);
  const ActivationRange range = RangeOf(a.activation);
  const int64_t rows = static_cast<int64_t>(xs.elems()) / k;
  auto* y = args.outputs[0].as<float>();
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = args.inputs[0].as<const float>() + row * k;
    for (int64_t o = 0; o < n; ++o) {
      double sum = bias != nullptr ? static_cast<double>(bias[o]) : 0.0;
      for (int64_t i = 0; i < k; ++i) {
        const int64_t at = o * blocks + i / a.block;
        const int byte = q[(o * blocks * a.block + i) / 2];
        const int weight = (i % 2 == 0 ? byte & 15 : byte >> 4) - (zeros != nullptr ? int{zeros[at]} : 8);
        sum += static_cast<double>(x[i]) * static_cast<double>(scales[at]) * weight;
      }
      *y++ = range.Clamp(static_cast<float>(sum));
    }
  }
}

}  // namespace

extern const Kernel kFullyConnected4bitRef = {"fully_connected_4bit_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
