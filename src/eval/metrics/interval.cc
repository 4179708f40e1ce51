#include "eval/metrics/interval.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace verge::eval {
namespace {

constexpr uint64_t kSeed = 1;

// Nearest rank of sorted values.
double Percentile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace

std::optional<Interval> Wilson(size_t successes, size_t n) {
  if (n == 0) return std::nullopt;
  constexpr double z = 1.959964;
  const auto count = static_cast<double>(n);
  const double p = static_cast<double>(successes) / count;
  const double centre = p + z * z / (2 * count);
  const double half = z * std::sqrt(p * (1 - p) / count + z * z / (4 * count * count));
  const double whole = 1 + z * z / count;
  return Interval{std::max(0.0, (centre - half) / whole), std::min(1.0, (centre + half) / whole)};
}

std::optional<Interval> Bootstrap(size_t items, const std::function<double(std::span<const uint32_t>)>& statistic,
                                  int resamples) {
  if (items < 2) return std::nullopt;
  std::mt19937_64 random(kSeed);
  std::vector<uint32_t> drawn(items);
  std::vector<double> values;
  for (int r = 0; r < resamples; ++r) {
    std::fill(drawn.begin(), drawn.end(), 0);
    for (size_t i = 0; i < items; ++i) ++drawn[random() % items];
    const double value = statistic(drawn);
    if (!std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{Percentile(values, 0.025), Percentile(values, 0.975)};
}

}  // namespace verge::eval
