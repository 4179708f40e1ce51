#include "kernels/parallel_range.h"
#include "ops/fast_kernels.h"
#include "ops/resize_bilinear/resize_bilinear.h"

namespace verge::ops {
namespace {

// Where output row `row` (of all images) takes its pixels from.
struct RowTaps {
  const float* low;
  const float* high;
  float t;
};

RowTaps TapsOfRow(const ResizeBilinearAttrs& a, const Shape& xs, const Shape& ys, const float* x, size_t row) {
  const ResizeTap tap = MakeResizeTap(a, xs[1], ys[1], static_cast<int64_t>(row % Dim(ys, 1)));
  const float* image = x + row / Dim(ys, 1) * Dim(xs, 1) * Dim(xs, 2) * Dim(xs, 3);
  const int64_t row_floats = xs[2] * xs[3];
  return {image + tap.low * row_floats, image + tap.high * row_floats, tap.t};
}

template <const kernels::VecF32Table& kTable>
struct ResizeBilinearKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) { return IsUsable(kTable, args); }

  static void Run(const RunArgs& args) {
    const auto& a = args.attrs.As<ResizeBilinearAttrs>();
    const Shape& xs = args.inputs[0].shape();
    const Shape& ys = args.outputs[0].shape();
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    kernels::ParallelRange(args.parallel, Dim(ys, 0) * Dim(ys, 1), 1, [&](size_t begin, size_t end) {
      for (size_t row = begin; row < end; ++row) {
        const RowTaps v = TapsOfRow(a, xs, ys, x, row);
        for (int64_t j = 0; j < ys[2]; ++j) {
          const ResizeTap h = MakeResizeTap(a, xs[2], ys[2], j);
          const float* const pixels[4] = {v.low + h.low * xs[3], v.high + h.low * xs[3], v.low + h.high * xs[3],
                                          v.high + h.high * xs[3]};
          const float weights[4] = {(1 - v.t) * (1 - h.t), v.t * (1 - h.t), (1 - v.t) * h.t, v.t * h.t};
          kTable.blend4(pixels, weights, y + (row * Dim(ys, 2) + static_cast<size_t>(j)) * Dim(ys, 3), Dim(ys, 3));
        }
      }
    });
  }
};

}  // namespace

VERGE_FAST_KERNELS(ResizeBilinear, ResizeBilinearKernel, vec_f32, "resize_bilinear_f32_nhwc")

}  // namespace verge::ops
