#include <algorithm>
#include <array>

#include "ops/elem.h"
#include "ops/grid_sample/grid_sample.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// Mirrors `at` into [low, high].
float Reflect(float at, float low, float high) {
  const float span = high - low;
  if (span <= 0) return low;
  const float rest = std::fmod(std::abs(at - low), 2 * span);
  return low + (rest > span ? 2 * span - rest : rest);
}

// One channel of the image, with the rule for what lies outside.
struct Plane {
  const GridSampleAttrs& a;
  const float* data;
  int64_t h;
  int64_t w;

  // Within the pixels, or -1.
  int64_t Inside(int64_t at, int64_t size) const {
    if (at >= 0 && at < size) return at;
    switch (static_cast<GridPadding>(a.padding)) {
      case GridPadding::kZeros: return -1;
      case GridPadding::kBorder: return std::clamp<int64_t>(at, 0, size - 1);
      case GridPadding::kReflection: break;
    }
    const float edge = a.align_corners ? 0.0f : 0.5f;
    return std::clamp(static_cast<int64_t>(
                          std::nearbyint(Reflect(static_cast<float>(at), -edge, static_cast<float>(size - 1) + edge))),
                      int64_t{0}, size - 1);
  }
  float At(int64_t y, int64_t x) const {
    const int64_t i = Inside(y, h);
    const int64_t j = Inside(x, w);
    return i < 0 || j < 0 ? 0.0f : data[i * w + j];
  }
  // Slice z of a volume of `depth` slices; data null: outside.
  Plane Slice(int64_t z, int64_t depth) const {
    const int64_t k = Inside(z, depth);
    return {a, k < 0 ? nullptr : data + k * h * w, h, w};
  }
};

float Denormalise(float g, int64_t size, bool align_corners) {
  const auto n = static_cast<float>(size);
  // A foreign coordinate may be anything: far outside is as good as further outside, and fits an integer.
  const float at = align_corners ? (g + 1) / 2 * (n - 1) : ((g + 1) * n - 1) / 2;
  return at >= -1e6f && at <= 1e6f ? at : -1e6f;
}

// Border and reflection move the point itself before neighbours are taken.
float MovePoint(const GridSampleAttrs& a, float at, int64_t size) {
  const auto last = static_cast<float>(size - 1);
  if (static_cast<GridPadding>(a.padding) == GridPadding::kBorder) return std::clamp(at, 0.0f, last);
  if (static_cast<GridPadding>(a.padding) == GridPadding::kReflection) {
    const float edge = a.align_corners ? 0.0f : 0.5f;
    return std::clamp(Reflect(at, -edge, last + edge), 0.0f, last);
  }
  return at;
}

std::array<float, 4> CubicWeights(float t) {
  constexpr float kA = -0.75f;
  const auto outer = [](float d) { return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA; };
  const auto inner = [](float d) { return ((kA + 2) * d - (kA + 3)) * d * d + 1; };
  return {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
}

float Sample(const Plane& plane, float y, float x) {
  const auto mode = static_cast<GridMode>(plane.a.mode);
  if (mode != GridMode::kBicubic) {
    y = MovePoint(plane.a, y, plane.h);
    x = MovePoint(plane.a, x, plane.w);
  }
  if (mode == GridMode::kNearest)
    return plane.At(static_cast<int64_t>(std::nearbyint(y)), static_cast<int64_t>(std::nearbyint(x)));
  const auto y0 = static_cast<int64_t>(std::floor(y));
  const auto x0 = static_cast<int64_t>(std::floor(x));
  const float fy = y - static_cast<float>(y0);
  const float fx = x - static_cast<float>(x0);
  if (mode == GridMode::kBilinear) {
    return (1 - fy) * ((1 - fx) * plane.At(y0, x0) + fx * plane.At(y0, x0 + 1)) +
           fy * ((1 - fx) * plane.At(y0 + 1, x0) + fx * plane.At(y0 + 1, x0 + 1));
  }
  const std::array<float, 4> wy = CubicWeights(fy);
  const std::array<float, 4> wx = CubicWeights(fx);
  float sum = 0;
  for (size_t i = 0; i < 4; ++i) {
    float row = 0;
    for (size_t j = 0; j < 4; ++j)
      row += wx[j] * plane.At(y0 - 1 + static_cast<int64_t>(i), x0 - 1 + static_cast<int64_t>(j));
    sum += wy[i] * row;
  }
  return sum;
}

// Between two slices of a volume, or in the nearest one.
float SampleVolume(const Plane& volume, int64_t depth, float z, float y, float x) {
  z = MovePoint(volume.a, z, depth);
  const auto in_slice = [&](int64_t at) {
    const Plane slice = volume.Slice(at, depth);
    return slice.data == nullptr ? 0.0f : Sample(slice, y, x);
  };
  if (static_cast<GridMode>(volume.a.mode) == GridMode::kNearest)
    return in_slice(static_cast<int64_t>(std::nearbyint(z)));
  const auto z0 = static_cast<int64_t>(std::floor(z));
  const float fz = z - static_cast<float>(z0);
  return (1 - fz) * in_slice(z0) + fz * in_slice(z0 + 1);
}

void RunVolume(const RunArgs& args) {
  const auto& a = args.attrs.As<GridSampleAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  auto* y = args.outputs[0].as<float>();
  const int64_t points = ys[2] * ys[3] * ys[4];
  for (int64_t n = 0; n < xs[0]; ++n) {
    for (int64_t c = 0; c < xs[1]; ++c) {
      const float* data = args.inputs[0].as<const float>() + (n * xs[1] + c) * xs[2] * xs[3] * xs[4];
      const Plane volume{a, data, xs[3], xs[4]};
      for (int64_t p = 0; p < points; ++p) {
        const float* g = args.inputs[1].as<const float>() + (n * points + p) * 3;
        *y++ = SampleVolume(volume, xs[2], Denormalise(g[2], xs[2], a.align_corners),
                            Denormalise(g[1], xs[3], a.align_corners), Denormalise(g[0], xs[4], a.align_corners));
      }
    }
  }
}

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<GridSampleAttrs>();
  if (args.inputs[0].shape().rank() == 5) return RunVolume(args);
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  auto* y = args.outputs[0].as<float>();
  const int64_t points = ys[2] * ys[3];
  for (int64_t n = 0; n < xs[0]; ++n) {
    for (int64_t c = 0; c < xs[1]; ++c) {
      const Plane plane{a, args.inputs[0].as<const float>() + (n * xs[1] + c) * xs[2] * xs[3], xs[2], xs[3]};
      for (int64_t p = 0; p < points; ++p) {
        const float* g = args.inputs[1].as<const float>() + (n * points + p) * 2;
        *y++ = Sample(plane, Denormalise(g[1], xs[2], a.align_corners), Denormalise(g[0], xs[3], a.align_corners));
      }
    }
  }
}

}  // namespace

extern const Kernel kGridSampleRef = {"grid_sample_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
