#include "ops/avg_pool2d/avg_pool2d.h"

#include "ops/kernel.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// The mean of integers, halves away from zero; x and y count in the same steps, so zero points need no care.
template <typename T>
void RunIntegers(const RunArgs& args) {
  const auto& a = args.attrs.As<PoolAttrs>();
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const ScaleZero q = ScaleOf(y);
  const QuantRange range = QuantActivation(a.activation, y.dtype(), q.scale, q.zero_point);
  auto* py = y.as<T>();
  for (int64_t n = 0; n < y.shape()[0]; ++n) {
    for (int64_t i = 0; i < y.shape()[1]; ++i) {
      for (int64_t j = 0; j < y.shape()[2]; ++j) {
        for (int64_t c = 0; c < y.shape()[3]; ++c) {
          int64_t sum = 0;
          int64_t count = 0;
          ForEachInWindow(a, x.shape(), n, i, j, c, [&](int64_t p) {
            sum += x.as<const T>()[p];
            ++count;
          });
          const int64_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
          *py++ = static_cast<T>(range.Clamp(static_cast<int32_t>(mean)));
        }
      }
    }
  }
}

void Run(const RunArgs& args) {
  if (args.outputs[0].dtype() != DType::kF32) {
    return DispatchQuantised(args.outputs[0].dtype(), [&]<typename T>() { RunIntegers<T>(args); });
  }
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

extern const Kernel kAvgPool2dRef = {"avg_pool2d_any_nhwc__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
