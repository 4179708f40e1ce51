// resize: nearest elements of any type as copies; f32 images by linear interpolation, a pixel's channels at once.
#include <algorithm>

#include "kernels/parallel_range.h"
#include "ops/elem.h"
#include "ops/fast_kernels.h"
#include "ops/mapped_copy.h"
#include "ops/resize/resize_taps.h"

namespace verge::ops {
namespace {

struct NearestMap : PlainMap {
  static bool Supports(const PrepareArgs& args) {
    return static_cast<ResizeMode>(args.attrs.As<ResizeAttrs>().mode) == ResizeMode::kNearest;
  }
  static void Fill(const RunArgs& args, int d, std::span<int64_t> map) {
    for (size_t i = 0; i < map.size(); ++i) {
      const ResizeTaps taps = ResizeTapsAt(args, d, static_cast<int64_t>(i));
      map[i] = taps.is_outside ? kOutside : taps.at[0];
    }
  }
  static Blank BlankOf(const RunArgs& args) {
    Blank blank{};
    Dispatch(args.outputs[0].dtype(), [&]<typename T>() {
      blank = BlankOfValue(T(static_cast<Compute<T>>(args.attrs.As<ResizeAttrs>().extrapolation)));
    });
    return blank;
  }
};
constexpr Kernel kNearest = MappedCopyKernel<NearestMap>::Make("resize_nearest_any__any");

// Where an output row or column lies between two of the input.
struct Pair {
  int64_t low, high;
  float t;  // of high
};

// x [n, h, w, c]; only h and w change.
template <const kernels::VecF32Table& kTable>
struct LinearKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const auto& a = args.attrs.As<ResizeAttrs>();
    const Shape &x = args.inputs[0].type.shape, &y = args.outputs[0].shape;
    const bool has_scales = args.inputs.size() > 1 && args.inputs[1].is_present;
    return IsUsable(kTable, args) && !a.exclude_outside && static_cast<ResizeMode>(a.mode) == ResizeMode::kLinear &&
           static_cast<ResizeCoordinates>(a.coordinates) != ResizeCoordinates::kCropAndResize && x.rank() == 4 &&
           x[0] == y[0] && x[3] == y[3] && (!has_scales || KeepsEnds(args.inputs[1])) && Dim(x, 3) >= kTable.lanes / 2;
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Shape& ys = args.outputs[0].shape;
    return KernelNeeds{.scratch_bytes = (Dim(ys, 1) + Dim(ys, 2)) * sizeof(Pair)};
  }

  static void Run(const RunArgs& args) {
    const Shape &xs = args.inputs[0].shape(), &ys = args.outputs[0].shape();
    const size_t height = Dim(ys, 1), width = Dim(ys, 2);
    const int64_t channels = ys[3], row_floats = xs[2] * channels;
    auto* const pairs = reinterpret_cast<Pair*>(args.scratch);
    for (size_t i = 0; i < height; ++i) pairs[i] = PairAt(args, 1, i);
    for (size_t j = 0; j < width; ++j) pairs[height + j] = PairAt(args, 2, j);
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    kernels::ParallelRange(args.parallel, Dim(ys, 0) * height, 1, [&](size_t begin, size_t end) {
      for (size_t row = begin; row < end; ++row) {
        const Pair& v = pairs[row % height];
        const float* const image = x + static_cast<int64_t>(row / height) * xs[1] * row_floats;
        float* to = y + row * width * Dim(ys, 3);
        for (size_t j = 0; j < width; ++j, to += channels) {
          const Pair& h = pairs[height + j];
          const float *low = image + v.low * row_floats, *high = image + v.high * row_floats;
          const float* const pixels[4] = {low + h.low * channels, high + h.low * channels, low + h.high * channels,
                                          high + h.high * channels};
          const float weights[4] = {(1 - v.t) * (1 - h.t), v.t * (1 - h.t), (1 - v.t) * h.t, v.t * h.t};
          kTable.blend4(pixels, weights, to, static_cast<size_t>(channels));
        }
      }
    });
  }

 private:
  static bool KeepsEnds(const InferInput& scales) {
    const auto* s = static_cast<const double*>(scales.constant);
    return s != nullptr && s[0] == 1.0 && s[3] == 1.0;
  }
  static Pair PairAt(const RunArgs& args, int d, size_t i) {
    const ResizeTaps taps = ResizeTapsAt(args, d, static_cast<int64_t>(i));
    if (taps.count == 1) return {taps.at[0], taps.at[0], 0.0F};
    return {taps.at[0], taps.at[1], static_cast<float>(taps.weight[1])};
  }
};

}  // namespace

VERGE_FAST_KERNELS_AND(Resize, LinearKernel, vec_f32, "resize_linear_f32_nhwc", &kNearest)

}  // namespace verge::ops
