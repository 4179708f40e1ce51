#include "ops/resize/resize_taps.h"

#include <algorithm>
#include <cmath>

namespace verge::ops {
namespace {

struct Axis {
  int64_t in;
  int64_t out;
  double scale;
  double roi_start;
  double roi_end;
};

double Position(const ResizeAttrs& a, const Axis& axis, int64_t i) {
  const auto at = static_cast<double>(i);
  const auto in = static_cast<double>(axis.in);
  const double out = axis.scale * in;  // not rounded, as the definition has it
  switch (static_cast<ResizeCoordinates>(a.coordinates)) {
    case ResizeCoordinates::kHalfPixel: return (at + 0.5) / axis.scale - 0.5;
    case ResizeCoordinates::kPytorchHalfPixel: return axis.out == 1 ? -0.5 : (at + 0.5) / axis.scale - 0.5;
    case ResizeCoordinates::kAlignCorners: return out == 1 ? 0 : at * (in - 1) / (out - 1);
    case ResizeCoordinates::kAsymmetric: return at / axis.scale;
    case ResizeCoordinates::kHalfPixelForNn: return (at + 0.5) / axis.scale;
    case ResizeCoordinates::kHalfPixelSymmetric:
      return in / 2 * (1 - static_cast<double>(axis.out) / out) + (at + 0.5) / axis.scale - 0.5;
    case ResizeCoordinates::kCropAndResize: break;
  }
  const double span = (axis.roi_end - axis.roi_start) * (in - 1);
  return axis.out == 1 ? (axis.roi_start + axis.roi_end) * (in - 1) / 2
                       : axis.roi_start * (in - 1) + at * span / static_cast<double>(axis.out - 1);
}

double Nearest(const ResizeAttrs& a, double at) {
  switch (static_cast<ResizeNearest>(a.nearest)) {
    case ResizeNearest::kRoundPreferFloor: return std::ceil(at - 0.5);
    case ResizeNearest::kRoundPreferCeil: return std::floor(at + 0.5);
    case ResizeNearest::kFloor: return std::floor(at);
    case ResizeNearest::kCeil: return std::ceil(at);
  }
  return at;
}

std::array<double, 4> CubicWeights(double a, double t) {
  const auto outer = [a](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  const auto inner = [a](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  return {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
}

ResizeTaps MakeTaps(const ResizeAttrs& a, const Axis& axis, int64_t i) {
  ResizeTaps taps;
  if (axis.in == axis.out && axis.scale == 1.0 &&
      static_cast<ResizeCoordinates>(a.coordinates) != ResizeCoordinates::kCropAndResize) {
    taps.at[0] = i;
    return taps;
  }
  double at = Position(a, axis, i);
  const auto last = static_cast<double>(axis.in - 1);
  if (static_cast<ResizeCoordinates>(a.coordinates) == ResizeCoordinates::kCropAndResize && !(at >= 0 && at <= last)) {
    taps.is_outside = true;
    return taps;
  }
  // Scales may be anything, and NaN: this is far enough outside to repeat the edge.
  at = at >= -4.0 ? std::min(at, last + 4.0) : -4.0;
  const double low = std::floor(at);
  std::array<double, 4> places = {Nearest(a, at), 0, 0, 0};
  if (static_cast<ResizeMode>(a.mode) == ResizeMode::kLinear) {
    taps.count = 2;
    places = {low, low + 1, 0, 0};
    taps.weight = {1 - (at - low), at - low, 0, 0};
  } else if (static_cast<ResizeMode>(a.mode) == ResizeMode::kCubic) {
    taps.count = 4;
    places = {low - 1, low, low + 1, low + 2};
    taps.weight = CubicWeights(static_cast<double>(a.cubic_a), at - low);
  }
  double sum = 0;
  for (size_t k = 0; k < static_cast<size_t>(taps.count); ++k) {
    if (a.exclude_outside && taps.count > 1 && (places[k] < 0 || places[k] > last)) taps.weight[k] = 0;
    sum += taps.weight[k];
    taps.at[k] = static_cast<int64_t>(std::min(std::max(places[k], 0.0), last));
  }
  for (double& weight : taps.weight) weight = a.exclude_outside && sum != 0 ? weight / sum : weight;
  return taps;
}

Axis AxisOf(const RunArgs& args, int d) {
  const Shape &xs = args.inputs[0].shape(), &ys = args.outputs[0].shape();
  const auto number = [&](size_t input, int i, double otherwise) {
    return args.inputs.size() > input && args.inputs[input].data != nullptr ? args.inputs[input].as<const double>()[i]
                                                                            : otherwise;
  };
  const double ratio = static_cast<double>(ys[d]) / static_cast<double>(xs[d]);
  return {xs[d], ys[d], number(1, d, ratio), number(2, d, 0), number(2, d + xs.rank(), 1)};
}

}  // namespace

ResizeTaps ResizeTapsAt(const RunArgs& args, int d, int64_t i) {
  return MakeTaps(args.attrs.As<ResizeAttrs>(), AxisOf(args, d), i);
}

void FillTaps(const RunArgs& args, int d, std::span<ResizeTaps> taps) {
  const Axis axis = AxisOf(args, d);
  for (size_t i = 0; i < taps.size(); ++i) {
    taps[i] = MakeTaps(args.attrs.As<ResizeAttrs>(), axis, static_cast<int64_t>(i));
  }
}

}  // namespace verge::ops
