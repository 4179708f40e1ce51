#include "ops/max_pool2d/max_pool2d.h"

#include <algorithm>
#include <limits>

#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<PoolAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const ActivationRange range = RangeOf(a.activation);
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  for (int64_t n = 0; n < ys[0]; ++n) {
    for (int64_t i = 0; i < ys[1]; ++i) {
      for (int64_t j = 0; j < ys[2]; ++j) {
        for (int64_t c = 0; c < ys[3]; ++c) {
          float largest = -std::numeric_limits<float>::infinity();
          ForEachInWindow(a, xs, n, i, j, c, [&](int64_t p) { largest = std::max(largest, x[p]); });
          *y++ = range.Clamp(largest);
        }
      }
    }
  }
}

}  // namespace

extern const Kernel kMaxPool2dRef = {"max_pool2d_f32_nhwc__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
