#include "ops/kernel.h"
#include "ops/quant_elementwise.h"
#include "ops/resize_bilinear/resize_bilinear.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename T>
void RunIntegers(const RunArgs& args) {
  const auto& a = args.attrs.As<ResizeBilinearAttrs>();
  constexpr int64_t kOne = ResizeTapInt::kOne;
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const auto* x = args.inputs[0].as<const T>();
  auto* y = args.outputs[0].as<T>();
  for (int64_t n = 0; n < ys[0]; ++n) {
    for (int64_t i = 0; i < ys[1]; ++i) {
      const ResizeTapInt v = MakeResizeTapInt(a, xs[1], ys[1], i);
      const T* low_row = x + (n * xs[1] + v.low) * xs[2] * xs[3];
      const T* high_row = x + (n * xs[1] + v.high) * xs[2] * xs[3];
      for (int64_t j = 0; j < ys[2]; ++j) {
        const ResizeTapInt h = MakeResizeTapInt(a, xs[2], ys[2], j);
        for (int64_t c = 0; c < ys[3]; ++c) {
          const int64_t left = h.low * xs[3] + c;
          const int64_t right = h.high * xs[3] + c;
          const int64_t sum = low_row[left] * (kOne - v.t) * (kOne - h.t) + high_row[left] * v.t * (kOne - h.t) +
                              low_row[right] * (kOne - v.t) * h.t + high_row[right] * v.t * h.t;
          const int64_t half = sum > 0 ? kOne * kOne / 2 : -kOne * kOne / 2;
          *y++ = static_cast<T>((sum + half) / (kOne * kOne));
        }
      }
    }
  }
}

void Run(const RunArgs& args) {
  if (args.outputs[0].dtype() != DType::kF32) {
    return DispatchQuantised(args.outputs[0].dtype(), [&]<typename T>() { RunIntegers<T>(args); });
  }
  const auto& a = args.attrs.As<ResizeBilinearAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  for (int64_t n = 0; n < ys[0]; ++n) {
    for (int64_t i = 0; i < ys[1]; ++i) {
      const ResizeTap v = MakeResizeTap(a, xs[1], ys[1], i);
      const float* low_row = x + (n * xs[1] + v.low) * xs[2] * xs[3];
      const float* high_row = x + (n * xs[1] + v.high) * xs[2] * xs[3];
      for (int64_t j = 0; j < ys[2]; ++j) {
        const ResizeTap h = MakeResizeTap(a, xs[2], ys[2], j);
        for (int64_t c = 0; c < ys[3]; ++c) {
          const int64_t left = h.low * xs[3] + c;
          const int64_t right = h.high * xs[3] + c;
          *y++ = low_row[left] * (1 - v.t) * (1 - h.t) + high_row[left] * v.t * (1 - h.t) +
                 low_row[right] * (1 - v.t) * h.t + high_row[right] * v.t * h.t;
        }
      }
    }
  }
}

}  // namespace

extern const Kernel kResizeBilinearRef = {"resize_bilinear_any_nhwc__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
