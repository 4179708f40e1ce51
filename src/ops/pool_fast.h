// Fast kernels of max_pool2d and avg_pool2d: each output pixel folds the input pixels of its window, all channels at
// once.
#pragma once

#include <array>

#include "kernels/parallel_range.h"
#include "ops/fast_kernels.h"
#include "ops/pool.h"

namespace verge::ops {

// Larger windows are the reference's business.
inline constexpr size_t kMaxPoolWindow = 4096;

// The pixels of one window that lie inside the image.
struct PoolWindow {
  std::array<const float*, kMaxPoolWindow> pixels;
  size_t count = 0;
};

inline void FindWindow(const PoolAttrs& a, const Shape& xs, const float* image, int64_t i, int64_t j, PoolWindow& out) {
  out.count = 0;
  for (int64_t p = 0; p < a.filter_h; ++p) {
    const int64_t row = i * a.stride_h + p - a.pad_top;
    if (row < 0 || row >= xs[1]) continue;
    for (int64_t q = 0; q < a.filter_w; ++q) {
      const int64_t column = j * a.stride_w + q - a.pad_left;
      if (column >= 0 && column < xs[2]) out.pixels[out.count++] = image + (row * xs[2] + column) * xs[3];
    }
  }
}

// Derived has Fold(window, y, channels, range).
template <const kernels::VecF32Table& kTable, typename Derived>
struct PoolKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const auto& a = args.attrs.As<PoolAttrs>();
    constexpr auto kMost = static_cast<int64_t>(kMaxPoolWindow);
    return IsUsable(kTable, args) && a.filter_h <= kMost && a.filter_w <= kMost && a.filter_h * a.filter_w <= kMost;
  }

  static void Run(const RunArgs& args) {
    const auto& a = args.attrs.As<PoolAttrs>();
    const Shape& xs = args.inputs[0].shape();
    const Shape& ys = args.outputs[0].shape();
    const ActivationRange range = RangeOf(a.activation);
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    kernels::ParallelRange(args.parallel, Dim(ys, 0) * Dim(ys, 1), 1, [&](size_t begin, size_t end) {
      PoolWindow window;
      for (size_t row = begin; row < end; ++row) {
        const float* image = x + row / Dim(ys, 1) * Dim(xs, 1) * Dim(xs, 2) * Dim(xs, 3);
        for (size_t j = 0; j < Dim(ys, 2); ++j) {
          FindWindow(a, xs, image, static_cast<int64_t>(row % Dim(ys, 1)), static_cast<int64_t>(j), window);
          Derived::Fold(window, y + (row * Dim(ys, 2) + j) * Dim(ys, 3), Dim(ys, 3), range);
        }
      }
    });
  }
};

}  // namespace verge::ops
