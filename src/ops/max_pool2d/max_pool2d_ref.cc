#include "ops/max_pool2d/max_pool2d.h"

#include <algorithm>
#include <limits>

#include "ops/kernel.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename T, typename Range>
void Fold(const RunArgs& args, const Range& range) {
  const auto& a = args.attrs.As<PoolAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const auto* x = args.inputs[0].as<const T>();
  auto* y = args.outputs[0].as<T>();
  for (int64_t n = 0; n < ys[0]; ++n) {
    for (int64_t i = 0; i < ys[1]; ++i) {
      for (int64_t j = 0; j < ys[2]; ++j) {
        for (int64_t c = 0; c < ys[3]; ++c) {
          T largest =
              std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
          ForEachInWindow(a, xs, n, i, j, c, [&](int64_t p) { largest = std::max(largest, x[p]); });
          *y++ = static_cast<T>(range.Clamp(largest));
        }
      }
    }
  }
}

void Run(const RunArgs& args) {
  const int32_t activation = args.attrs.As<PoolAttrs>().activation;
  const Tensor& y = args.outputs[0];
  if (y.dtype() == DType::kF32) return Fold<float>(args, RangeOf(activation));
  const QuantRange range = QuantActivation(activation, y.dtype(), ScaleOf(y).scale, ScaleOf(y).zero_point);
  DispatchQuantised(y.dtype(), [&]<typename T>() { Fold<T>(args, range); });
}

}  // namespace

extern const Kernel kMaxPool2dRef = {"max_pool2d_any_nhwc__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
