#include "ops/avg_pool2d/avg_pool2d.h"

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
          double sum = 0;
          int64_t count = 0;
          ForEachInWindow(a, xs, n, i, j, c, [&](int64_t p) {
            sum += static_cast<double>(x[p]);
            ++count;
          });
          *y++ = range.Clamp(static_cast<float>(sum / static_cast<double>(count)));
        }
      }
    }
  }
}

}  // namespace

extern const Kernel kAvgPool2dRef = {"avg_pool2d_f32_nhwc__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
