#include "quant/observe.h"

#include <algorithm>
#include <cmath>

namespace verge::quant {

void Histogram::Grow(double largest) {
  if (largest <= limit_) return;
  if (limit_ == 0) {
    int exponent = 0;
    std::frexp(largest, &exponent);
    limit_ = std::ldexp(1.0, exponent);
  }
  for (; limit_ < largest; limit_ *= 2) {
    std::vector<uint64_t> wider(kBins, 0);
    for (size_t i = 0; i < kBins; ++i) wider[kBins / 4 + i / 2] += bins_[i];
    bins_ = std::move(wider);
  }
}

void Histogram::Add(std::span<const float> values) {
  double largest = 0;
  for (const float v : values) {
    if (std::isfinite(v)) largest = std::max(largest, std::abs(static_cast<double>(v)));
  }
  Grow(largest);
  const double bins_a_unit = limit_ > 0 ? static_cast<double>(kBins / 2) / limit_ : 0;
  for (const float v : values) {
    if (!std::isfinite(v)) {
      ++not_finite_;
      continue;
    }
    lo_ = count_ == 0 ? v : std::min(lo_, v);
    hi_ = count_ == 0 ? v : std::max(hi_, v);
    ++count_;
    if (v == 0) {
      ++zeros_;
      continue;
    }
    const double at = std::floor(static_cast<double>(v) * bins_a_unit + static_cast<double>(kBins / 2));
    ++bins_[static_cast<size_t>(std::clamp(at, 0.0, static_cast<double>(kBins - 1)))];
  }
}

double Histogram::ShareOutside(double lo, double hi) const {
  if (count_ == 0 || limit_ == 0 || (lo <= static_cast<double>(lo_) && hi >= static_cast<double>(hi_))) return 0;
  uint64_t outside = 0;
  for (size_t i = 0; i < kBins; ++i) {
    const double centre = (edge(i) + edge(i + 1)) / 2;
    if (centre < lo || centre > hi) outside += bins_[i];
  }
  return static_cast<double>(outside) / static_cast<double>(count_);
}

Result<std::vector<Histogram>> Observe(const ir::Graph& graph, Activations& activations,
                                       std::span<const ir::ValueId> watched, const ProgressSeen& progress) {
  std::vector<Histogram> histograms(watched.size());
  std::vector<size_t> index(graph.values.size(), watched.size());
  for (size_t i = 0; i < watched.size(); ++i) index[watched[i]] = i;
  const size_t samples = activations.samples();
  size_t reported = 0;
  VERGE_TRY(activations.Run(graph, watched, 0, samples, [&](size_t sample, ir::ValueId id, const Tensor& t) -> Status {
    histograms[index[id]].Add({t.as<const float>(), t.shape().elems()});
    if (progress == nullptr || sample < reported) return Status::Ok();
    reported = sample + 1;
    return progress({.stage = "observe", .done = reported, .total = samples});
  }));
  return histograms;
}

}  // namespace verge::quant
