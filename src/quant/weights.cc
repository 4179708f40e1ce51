#include "quant/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace verge::quant {
namespace {

// What a bias may hold: half of 32 bits, the other half being left to the sum of products; and for sums of 64 bits
// what a rescaling takes without saturating (ops/quant.h).
constexpr double kLargestBias32 = 1 << 30;
constexpr double kLargestBias64 = static_cast<double>(int64_t{1} << 46);
// A sum of products of i8 must stay below this, whatever the activations are.
constexpr double kLargestSum32 = static_cast<double>((int64_t{1} << 30) - 1);
constexpr double kLargestDifference = 255;  // |q - zero_point| of 8 bits

double LargestBias(SumWidth width) { return width == SumWidth::k32 ? kLargestBias32 : kLargestBias64; }

std::vector<float> LargestOf(std::span<const float> weights, const Channels& channels) {
  std::vector<float> largest(channels.count, 0.0f);
  for (size_t i = 0; i < weights.size(); ++i) {
    float& l = largest[channels.Of(i)];
    l = std::max(l, std::abs(weights[i]));
  }
  return largest;
}

float Steps(float weight, float scale, int limit) {
  if (!(scale > 0)) return 0;
  return std::clamp(std::round(weight / scale), static_cast<float>(-limit), static_cast<float>(limit));
}

}  // namespace

Channels::Channels(const Shape& shape, int axis) {
  if (axis == kWhole) {
    inner = std::max<size_t>(shape.elems(), 1);
    return;
  }
  count = static_cast<size_t>(shape[axis]);
  for (int d = axis + 1; d < shape.rank(); ++d) inner *= static_cast<size_t>(shape[d]);
}

std::vector<float> WeightScales(std::span<const float> weights, const Channels& channels, int limit) {
  const std::vector<float> largest = LargestOf(weights, channels);
  std::vector<float> scales(channels.count);
  for (size_t c = 0; c < scales.size(); ++c) scales[c] = largest[c] / static_cast<float>(limit);
  if (limit == kLimit8) return scales;
  const std::vector<float> widest = scales;
  std::vector<double> least(channels.count, std::numeric_limits<double>::infinity());
  for (int percent = 100; percent >= 40; --percent) {
    std::vector<double> error(channels.count, 0);
    const float part = static_cast<float>(percent) / 100;
    for (size_t i = 0; i < weights.size(); ++i) {
      const size_t c = channels.Of(i);
      const float scale = widest[c] * part;
      const double e = static_cast<double>(weights[i]) -
                       static_cast<double>(scale) * static_cast<double>(Steps(weights[i], scale, limit));
      error[c] += e * e;
    }
    for (size_t c = 0; c < scales.size(); ++c) {
      if (!(error[c] < least[c])) continue;
      least[c] = error[c];
      scales[c] = widest[c] * part;
    }
  }
  return scales;
}

WeightCode RoundToNearest(std::span<const float> weights, const Channels& channels, std::vector<float> scales,
                          int limit) {
  WeightCode code;
  code.q.resize(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    code.q[i] = static_cast<int8_t>(Steps(weights[i], scales[channels.Of(i)], limit));
  }
  code.scales = std::move(scales);
  return code;
}

double WeightSqnr(std::span<const float> weights, const Channels& channels, const WeightCode& code) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto w = static_cast<double>(weights[i]);
    const double e = w - static_cast<double>(code.scales[channels.Of(i)]) * code.q[i];
    signal += w * w;
    noise += e * e;
  }
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

void RaiseScales(std::span<const float> weights, const Channels& channels, std::span<const float> bias, float x_scale,
                 SumWidth width, std::vector<float>& scales) {
  std::vector<double> sums(channels.count, 0);
  for (size_t i = 0; i < weights.size(); ++i) sums[channels.Of(i)] += std::abs(static_cast<double>(weights[i]));
  const float widest = *std::max_element(scales.begin(), scales.end());
  for (size_t c = 0; c < scales.size(); ++c) {
    double least = 0;
    if (!bias.empty())
      least = std::abs(static_cast<double>(bias[c])) / static_cast<double>(x_scale) / LargestBias(width);
    if (width == SumWidth::k32) least = std::max(least, sums[c] * kLargestDifference / kLargestSum32);
    // A channel without weights gives its bias alone, in the steps of the others.
    if (!(scales[c] > 0)) scales[c] = widest > 0 ? widest : 1.0f / kLimit8;
    if (static_cast<double>(scales[c]) < least) scales[c] = std::nextafter(static_cast<float>(least), INFINITY);
  }
}

int64_t LimitBias(double steps, SumWidth width) {
  return static_cast<int64_t>(std::clamp(steps, -LargestBias(width), LargestBias(width)));
}

std::vector<int64_t> BiasSteps(std::span<const float> bias, float x_scale, std::span<const float> scales,
                               SumWidth width) {
  std::vector<int64_t> steps(bias.size());
  for (size_t c = 0; c < bias.size(); ++c) {
    const double step = static_cast<double>(x_scale) * static_cast<double>(scales[c]);
    steps[c] = LimitBias(std::round(static_cast<double>(bias[c]) / step), width);
  }
  return steps;
}

}  // namespace verge::quant
