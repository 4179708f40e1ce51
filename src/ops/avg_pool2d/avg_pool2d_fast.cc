#include <algorithm>
#include <array>
#include <cstdint>

#include "ops/pool_fast.h"
#include "ops/quant.h"

namespace verge::ops {
namespace {

template <const kernels::VecF32Table& kTable>
struct AvgPool2dKernel : PoolKernel<kTable, AvgPool2dKernel<kTable>> {
  static void Fold(const PoolWindow& window, float* y, size_t channels, const ActivationRange& range) {
    const float share = 1.0F / static_cast<float>(window.count);
    kTable.mean_of(window.pixels.data(), window.count, share, y, channels, range.lo, range.hi);
  }
};

// 8-bit integers: loops over the channels of each pixel, which any compiler turns into vector code.
constexpr size_t kChunk = 64;             // channels whose sums stay near the processor
constexpr int64_t kMostPixels = 1 << 22;  // 255 of each fit a sum of 32 bits

bool SupportsBytes(const PrepareArgs& args) {
  const DType dtype = args.outputs[0].dtype;
  const auto& a = args.attrs.As<PoolAttrs>();
  return (dtype == DType::kI8 || dtype == DType::kU8) && a.filter_h <= kMostPixels / a.filter_w;
}

// The rows and columns of a window that lie inside the image.
struct Inside {
  int64_t begin, end;
  Inside(int64_t at, int64_t stride, int64_t pad, int64_t filter, int64_t size)
      : begin(std::max<int64_t>(at * stride - pad, 0)), end(std::min(at * stride - pad + filter, size)) {}
};

// The mean, halves away from zero, as the reference has it.
int32_t MeanOf(int32_t sum, int32_t count) { return (sum > 0 ? sum + count / 2 : sum - count / 2) / count; }

template <typename T>
void MeanPixel(const Tensor& x, const T* image, const Inside& rows, const Inside& columns, QuantRange range, T* y) {
  const size_t width = Dim(x.shape(), 2), channels = Dim(x.shape(), 3);
  const auto count = static_cast<int32_t>((rows.end - rows.begin) * (columns.end - columns.begin));
  for (size_t first = 0; first < channels; first += kChunk) {
    const size_t n = std::min(kChunk, channels - first);
    std::array<int32_t, kChunk> sums{};
    for (int64_t i = rows.begin; i < rows.end; ++i) {
      for (int64_t j = columns.begin; j < columns.end; ++j) {
        const T* pixel = image + (static_cast<size_t>(i) * width + static_cast<size_t>(j)) * channels + first;
        for (size_t c = 0; c < n; ++c) sums[c] += pixel[c];
      }
    }
    for (size_t c = 0; c < n; ++c) y[first + c] = static_cast<T>(range.Clamp(MeanOf(sums[c], count)));
  }
}

// f(image, rows, columns, y) for each output pixel.
template <typename T, typename F>
void ForEachPixel(const RunArgs& args, const F& f) {
  const auto& a = args.attrs.As<PoolAttrs>();
  const Tensor &x = args.inputs[0], &y = args.outputs[0];
  const Shape &xs = x.shape(), &ys = y.shape();
  kernels::ParallelRange(args.parallel, Dim(ys, 0) * Dim(ys, 1), 1, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const T* image = x.as<const T>() + row / Dim(ys, 1) * Dim(xs, 1) * Dim(xs, 2) * Dim(xs, 3);
      const Inside rows(static_cast<int64_t>(row % Dim(ys, 1)), a.stride_h, a.pad_top, a.filter_h, xs[1]);
      T* to = y.as<T>() + row * Dim(ys, 2) * Dim(ys, 3);
      for (int64_t j = 0; j < ys[2]; ++j, to += ys[3]) {
        f(image, rows, Inside(j, a.stride_w, a.pad_left, a.filter_w, xs[2]), to);
      }
    }
  });
}

template <typename T>
void RunAs(const RunArgs& args) {
  const Tensor& y = args.outputs[0];
  const ScaleZero q = ScaleOf(y);
  const QuantRange range = QuantActivation(args.attrs.As<PoolAttrs>().activation, y.dtype(), q.scale, q.zero_point);
  ForEachPixel<T>(args, [&](const T* image, const Inside& rows, const Inside& columns, T* to) {
    MeanPixel(args.inputs[0], image, rows, columns, range, to);
  });
}

void RunBytes(const RunArgs& args) {
  args.outputs[0].dtype() == DType::kI8 ? RunAs<int8_t>(args) : RunAs<uint8_t>(args);
}

// f32 windows of any size: the sum of a row at a time, so that large windows lose little.
bool SupportsReals(const PrepareArgs& args) { return args.outputs[0].dtype == DType::kF32; }

void MeanPixelReal(const Tensor& x, const float* image, const Inside& rows, const Inside& columns,
                   const ActivationRange& range, float* y) {
  const size_t width = Dim(x.shape(), 2), channels = Dim(x.shape(), 3);
  const float share = 1.0F / static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
  for (size_t first = 0; first < channels; first += kChunk) {
    const size_t n = std::min(kChunk, channels - first);
    std::array<float, kChunk> sums{};
    for (int64_t i = rows.begin; i < rows.end; ++i) {
      std::array<float, kChunk> of_row{};
      const float* pixel = image + (static_cast<size_t>(i) * width + static_cast<size_t>(columns.begin)) * channels;
      for (int64_t j = columns.begin; j < columns.end; ++j, pixel += channels) {
        for (size_t c = 0; c < n; ++c) of_row[c] += pixel[first + c];
      }
      for (size_t c = 0; c < n; ++c) sums[c] += of_row[c];
    }
    for (size_t c = 0; c < n; ++c) y[first + c] = range.Clamp(sums[c] * share);
  }
}

void RunReals(const RunArgs& args) {
  const ActivationRange range = RangeOf(args.attrs.As<PoolAttrs>().activation);
  ForEachPixel<float>(args, [&](const float* image, const Inside& rows, const Inside& columns, float* y) {
    MeanPixelReal(args.inputs[0], image, rows, columns, range, y);
  });
}

constexpr Kernel kReals = {"avg_pool2d_f32_nhwc__any", SupportsReals, nullptr, nullptr, RunReals};
constexpr Kernel kBytes = {"avg_pool2d_int8_nhwc__any", SupportsBytes, nullptr, nullptr, RunBytes};

}  // namespace

VERGE_FAST_KERNELS_AND(AvgPool2d, AvgPool2dKernel, vec_f32, "avg_pool2d_f32_nhwc", &kReals, &kBytes)

}  // namespace verge::ops
