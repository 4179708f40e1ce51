#include "quant/calibrate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace verge::quant {
namespace {

// Smaller by more than differently rounded sums would make it.
bool IsClearlyLess(double a, double b) { return a < b - 1e-9 * std::abs(b); }

double Centre(const Histogram& h, size_t bin) { return (h.edge(bin) + h.edge(bin + 1)) / 2; }

// The value below which `wanted` of the values lie, counted from bin 0 up.
double QuantileUp(const Histogram& h, double wanted) {
  double below = 0;
  for (size_t i = 0; i < Histogram::kBins; ++i) {
    const auto here = static_cast<double>(h.bins()[i]);
    // Zeros lie on the edge between the two middle bins.
    if (i == Histogram::kBins / 2) {
      if (below + static_cast<double>(h.zeros()) >= wanted) return 0;
      below += static_cast<double>(h.zeros());
    }
    if (here > 0 && below + here >= wanted) {
      return h.edge(i) + (h.edge(i + 1) - h.edge(i)) * std::clamp((wanted - below) / here, 0.0, 1.0);
    }
    below += here;
  }
  return static_cast<double>(h.hi());
}

Range Percentile(const Histogram& h, double percentile) {
  const double left_out = static_cast<double>(h.count()) * (1 - percentile / 100) / 2;
  if (left_out <= 0) return {h.lo(), h.hi()};
  const double lo = QuantileUp(h, left_out);
  const double hi = QuantileUp(h, static_cast<double>(h.count()) - left_out);
  return {std::max(lo, static_cast<double>(h.lo())), std::min(hi, static_cast<double>(h.hi()))};
}

double SquaredError(const Histogram& h, Range r, int steps) {
  const double scale = (r.hi - r.lo) / (steps - 1);
  const double inside = scale * scale / 12;
  double error = 0;
  for (size_t i = 0; i < Histogram::kBins; ++i) {
    if (h.bins()[i] == 0) continue;
    const double c = Centre(h, i);
    const double beyond = std::max({r.lo - c, c - r.hi, 0.0});
    error += static_cast<double>(h.bins()[i]) * (beyond > 0 ? beyond * beyond : inside);
  }
  return error;
}

// Both ends are drawn in together, then each by itself, in steps of 1 % of what was seen.
Range LeastSquaredError(const Histogram& h, int steps) {
  const Range seen = {std::min(0.0, static_cast<double>(h.lo())), std::max(0.0, static_cast<double>(h.hi()))};
  Range best = seen;
  double least = SquaredError(h, best, steps);
  const auto consider = [&](Range r) {
    const double error = SquaredError(h, r, steps);
    if (!IsClearlyLess(error, least)) return;
    least = error;
    best = r;
  };
  constexpr int kParts = 100;
  for (int i = kParts - 1; i > 0; --i) consider({seen.lo * i / kParts, seen.hi * i / kParts});
  const Range together = best;
  for (int i = kParts; i > 0 && seen.lo < 0; --i) consider({seen.lo * i / kParts, together.hi});
  const double lo = best.lo;
  for (int i = kParts; i > 0 && seen.hi > 0; --i) consider({lo, seen.hi * i / kParts});
  return best;
}

// Relative entropy of the first `kept` bins, the last holding everything above, and the same spread over `steps`.
double RelativeEntropy(const std::vector<double>& bins, size_t kept, size_t steps) {
  constexpr double kNearlyNothing = 1e-4;
  double above = 0, total = 0;
  for (size_t i = kept; i < bins.size(); ++i) above += bins[i];
  std::vector<double> q(kept, 0);
  double q_total = 0;
  for (size_t s = 0; s < steps; ++s) {
    const size_t first = s * kept / steps, last = (s + 1) * kept / steps;
    double sum = 0, used = 0;
    for (size_t i = first; i < last; ++i) {
      sum += bins[i];
      used += bins[i] > 0 ? 1 : 0;
    }
    for (size_t i = first; i < last; ++i) q[i] = bins[i] > 0 ? sum / used : 0;
    q_total += sum;
  }
  for (const double b : bins) total += b;
  if (q_total == 0) return std::numeric_limits<double>::infinity();
  double entropy = 0;
  for (size_t i = 0; i < kept; ++i) {
    const double p = (bins[i] + (i + 1 == kept ? above : 0)) / total;
    if (p > 0) entropy += p * std::log(p / std::max(q[i] / q_total, kNearlyNothing / total));
  }
  return entropy;
}

Range LeastEntropy(const Histogram& h, int all_steps) {
  constexpr size_t kHalf = Histogram::kBins / 2;
  const bool has_both_signs = h.lo() < 0 && h.hi() > 0;
  const auto steps = static_cast<size_t>(has_both_signs ? all_steps / 2 : all_steps);
  std::vector<double> bins(kHalf, 0);
  for (size_t i = 0; i < kHalf; ++i) bins[i] = static_cast<double>(h.bins()[kHalf + i] + h.bins()[kHalf - 1 - i]);
  while (!bins.empty() && bins.back() == 0) bins.pop_back();
  if (bins.size() <= steps) return {h.lo(), h.hi()};
  size_t best = bins.size();
  double least = RelativeEntropy(bins, best, steps);
  constexpr size_t kStride = 8;
  for (size_t kept = bins.size() - 1; kept >= steps; kept -= std::min(kStride, kept)) {
    const double entropy = RelativeEntropy(bins, kept, steps);
    if (!IsClearlyLess(entropy, least)) continue;
    least = entropy;
    best = kept;
  }
  const double t = h.edge(kHalf + best);
  return {std::max(-t, static_cast<double>(h.lo())), std::min(t, static_cast<double>(h.hi()))};
}

Range Chosen(const Histogram& h, Calibrator calibrator, double percentile, int steps) {
  switch (calibrator) {
    case Calibrator::kPercentile: return Percentile(h, percentile);
    case Calibrator::kMse: return LeastSquaredError(h, steps);
    case Calibrator::kEntropy: return LeastEntropy(h, steps);
    case Calibrator::kMinMax: break;
  }
  return {h.lo(), h.hi()};
}

}  // namespace

Range ChooseRange(const Histogram& seen, Calibrator calibrator, double percentile, int steps) {
  const Range r = Chosen(seen, calibrator, percentile, steps);
  return {std::min(r.lo, 0.0), std::max(r.hi, 0.0)};
}

ops::ScaleZero AffineOf(Range range, DType dtype) {
  // Below this a step could vanish when scales are multiplied.
  constexpr double kSmallestScale = 1e-15;
  const ops::QuantRange q = ops::RangeOfDType(dtype);
  if (dtype == DType::kI16) {
    const double scale = std::max(-range.lo, range.hi) / q.hi;
    return {scale > kSmallestScale ? static_cast<float>(scale) : 1.0f, 0};
  }
  const double steps = static_cast<double>(q.hi) - q.lo;
  const double scale = (std::max(range.hi, 0.0) - std::min(range.lo, 0.0)) / steps;
  if (!(scale > kSmallestScale)) return {1.0f, q.lo};
  const double zero = std::round(q.lo - std::min(range.lo, 0.0) / scale);
  return {static_cast<float>(scale), static_cast<int32_t>(std::clamp<double>(zero, q.lo, q.hi))};
}

Range ExpressibleRange(ops::ScaleZero scale, DType dtype) {
  const ops::QuantRange q = ops::RangeOfDType(dtype);
  const auto step = static_cast<double>(scale.scale);
  return {step * (static_cast<double>(q.lo) - scale.zero_point), step * (static_cast<double>(q.hi) - scale.zero_point)};
}

}  // namespace verge::quant
