#include "ops/kernel.h"
#include "ops/resize_bilinear/resize_bilinear.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
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

extern const Kernel kResizeBilinearRef = {"resize_bilinear_f32_nhwc__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
