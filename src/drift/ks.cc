#include "drift/ks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace verge::drift {
namespace {

double EffectiveCount(uint64_t count, uint64_t other_count) {
  const auto n = static_cast<double>(count);
  const auto m = static_cast<double>(other_count);
  return other_count == 0 ? n : n * m / (n + m);
}

double StephensFactor(double count) { return std::sqrt(count) + 0.12 + 0.11 / std::sqrt(count); }

double Tail(double z) {
  if (z < 0.2) return 1;  // the series needs many terms there, and gives 1 to twelve digits
  double sum = 0;
  for (int j = 1; j <= 100; ++j) {
    const double term = std::exp(-2.0 * j * j * z * z);
    sum += j % 2 == 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

// The x between `low` and `high` where a rising `f` crosses `wanted`.
template <typename F>
double Bisect(double low, double high, double wanted, F f) {
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (f(middle) < wanted ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

double KsDistanceOfSorted(std::span<const double> a, std::span<const double> b) {
  size_t i = 0;
  size_t j = 0;
  double largest = 0;
  while (i < a.size() && j < b.size()) {
    const double value = std::min(a[i], b[j]);
    while (i < a.size() && a[i] <= value) ++i;
    while (j < b.size() && b[j] <= value) ++j;
    const double difference =
        static_cast<double>(i) / static_cast<double>(a.size()) - static_cast<double>(j) / static_cast<double>(b.size());
    largest = std::max(largest, std::abs(difference));
  }
  return largest;
}

double KsProbability(double distance, uint64_t count, uint64_t other_count) {
  return Tail(StephensFactor(EffectiveCount(count, other_count)) * distance);
}

double KsThreshold(uint64_t count, uint64_t other_count, double alpha) {
  const double z = Bisect(0.2, 5, -alpha, [](double x) { return -Tail(x); });
  return z / StephensFactor(EffectiveCount(count, other_count));
}

double NormalQuantile(double probability) {
  return Bisect(-10, 10, probability, [](double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; });
}

}  // namespace verge::drift
