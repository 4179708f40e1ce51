#include "compare/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace verge::compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double ErrorOf(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double error = std::abs(a - b);
  return std::isfinite(error) ? error : kInfinity;
}

}  // namespace

Metrics Measure(std::span<const double> a, std::span<const double> b) {
  Metrics m;
  m.count = a.size();
  double signal = 0, noise = 0, other = 0, product = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double error = ErrorOf(a[i], b[i]);
    if (i == 0 || error > m.max_error) {
      m.max_error = error;
      m.worst = i;
      m.a_at_worst = a[i];
      m.b_at_worst = b[i];
    }
    noise += error * error;
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
    m.largest = std::max(m.largest, std::abs(a[i]));
    signal += a[i] * a[i];
    other += b[i] * b[i];
    product += a[i] * b[i];
  }
  if (m.max_error == 0) {
    m.sqnr_db = kInfinity;
    return m;
  }
  m.max_relative = m.largest > 0 ? m.max_error / m.largest : kInfinity;
  m.sqnr_db = 10 * std::log10(signal / noise);  // -infinity for a signal of zeros, or an infinite error
  m.cosine = signal > 0 && other > 0 ? product / std::sqrt(signal * other) : 0;
  return m;
}

}  // namespace verge::compare
