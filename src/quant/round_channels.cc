#include <algorithm>
#include <cmath>

#include "quant/round.h"

namespace verge::quant {
namespace {

constexpr int kIterations = 300;
constexpr size_t kBlock = 8;  // channels that share a pass over H

// One channel on its way.
struct Channel {
  std::vector<double> steps;            // u
  std::vector<double> lo, hi;           // what q may be
  std::vector<double> v, mean, square;  // of Adam
  std::vector<double> h, error, gradient;
};

double Bound(double v, int limit) { return std::clamp(v, static_cast<double>(-limit), static_cast<double>(limit)); }

// s^-1, so that h starts at the fraction.
double InverseOfSoft(double h) {
  const double t = std::clamp(2 * (h + 0.1) / 1.2 - 1, -0.999, 0.999);
  return t / std::sqrt(1 - t * t);
}

Channel Start(const std::vector<double>& steps, int limit) {
  Channel c;
  const size_t n = steps.size();
  c.steps = steps;
  c.mean.assign(n, 0);
  c.square.assign(n, 0);
  c.h.assign(n, 0);
  c.error.assign(n, 0);
  for (const double u : steps) {
    c.lo.push_back(Bound(std::floor(u), limit));
    c.hi.push_back(Bound(std::floor(u) + 1, limit));
    c.v.push_back(InverseOfSoft(std::clamp(u - std::floor(u), 0.0, 1.0)));
  }
  return c;
}

// sum_k e[k] H[k], for several channels at once; each sum in the order of k.
void Multiply(const Gram& gram, std::span<Channel> block) {
  for (Channel& c : block) c.gradient.assign(gram.n, 0);
  for (size_t k = 0; k < gram.n; ++k) {
    const double* row = &gram.at[k * gram.n];
    for (Channel& c : block) {
      const double e = c.error[k];
      double* out = c.gradient.data();
      for (size_t j = 0; j < gram.n; ++j) out[j] += e * row[j];
    }
  }
}

double Power(double base, int exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2, base *= base) {
    if (exponent % 2 == 1) result *= base;
  }
  return result;
}

void Soften(Channel& c) {
  for (size_t i = 0; i < c.v.size(); ++i) {
    const double s = (1 + c.v[i] / std::sqrt(1 + c.v[i] * c.v[i])) / 2;
    c.h[i] = std::clamp(1.2 * s - 0.1, 0.0, 1.0);
    c.error[i] = c.lo[i] + c.h[i] * (c.hi[i] - c.lo[i]) - c.steps[i];
  }
}

// One step of Adam with the gradient of the error (times 1 / unit) and of the penalty of exponent b (0: none).
void Step(Channel& c, double unit, int b, double decay1, double decay2) {
  constexpr double kRate = 0.03, kBeta1 = 0.9, kBeta2 = 0.999, kPenalty = 0.02;
  for (size_t i = 0; i < c.v.size(); ++i) {
    double slope = 2 * c.gradient[i] / unit * (c.hi[i] - c.lo[i]);
    if (b > 0) {
      const double side = 2 * c.h[i] - 1;
      slope -= kPenalty * 2 * b * Power(std::abs(side), b - 1) * (side < 0 ? -1 : 1);
    }
    const double root = std::sqrt(1 + c.v[i] * c.v[i]);
    const bool is_bound = c.h[i] <= 0 || c.h[i] >= 1;
    const double g = is_bound ? 0 : slope * 0.6 / (root * root * root);
    c.mean[i] = kBeta1 * c.mean[i] + (1 - kBeta1) * g;
    c.square[i] = kBeta2 * c.square[i] + (1 - kBeta2) * g * g;
    c.v[i] -= kRate * (c.mean[i] / (1 - decay1)) / (std::sqrt(c.square[i] / (1 - decay2)) + 1e-8);
  }
}

void Relax(const Gram& gram, std::span<Channel> block) {
  double unit = 0;
  for (size_t i = 0; i < gram.n; ++i) unit += gram.at[i * gram.n + i];
  unit = std::max(unit / static_cast<double>(gram.n), 1e-300);
  constexpr int kWarm = kIterations / 5, kFirst = 20, kLast = 2;
  double decay1 = 1, decay2 = 1;
  for (int t = 0; t < kIterations; ++t) {
    for (Channel& c : block) Soften(c);
    Multiply(gram, block);
    decay1 *= 0.9;
    decay2 *= 0.999;
    const int b = t < kWarm ? 0 : kFirst - (kFirst - kLast) * (t - kWarm) / (kIterations - kWarm - 1);
    for (Channel& c : block) Step(c, unit, b, decay1, decay2);
  }
  for (Channel& c : block) Soften(c);
}

// Turns single weights while the error falls. Gives the error.
double Descend(const Gram& gram, const Channel& c, std::vector<int8_t>& q) {
  std::vector<double> product(gram.n, 0);  // H (q - u)
  for (size_t k = 0; k < gram.n; ++k) {
    const double e = q[k] - c.steps[k];
    for (size_t j = 0; j < gram.n; ++j) product[j] += e * gram.at[k * gram.n + j];
  }
  constexpr int kMostSweeps = 20;
  bool is_moving = true;
  for (int sweep = 0; is_moving && sweep < kMostSweeps; ++sweep) {
    is_moving = false;
    for (size_t f = 0; f < gram.n; ++f) {
      if (c.lo[f] == c.hi[f]) continue;
      const double move = q[f] == static_cast<int8_t>(c.lo[f]) ? 1 : -1;
      const double own = gram.at[f * gram.n + f];
      if (!(2 * move * product[f] + own < -1e-9 * own)) continue;
      q[f] = static_cast<int8_t>(q[f] + static_cast<int>(move));
      for (size_t j = 0; j < gram.n; ++j) product[j] += move * gram.at[f * gram.n + j];
      is_moving = true;
    }
  }
  return RoundingError(gram, c.steps, q);
}

std::vector<int8_t> Best(const Gram& gram, const Channel& c, int limit) {
  std::vector<int8_t> nearest(gram.n), relaxed(gram.n);
  for (size_t i = 0; i < gram.n; ++i) {
    nearest[i] = static_cast<int8_t>(Bound(std::round(c.steps[i]), limit));
    relaxed[i] = static_cast<int8_t>(c.h[i] >= 0.5 ? c.hi[i] : c.lo[i]);
  }
  const double from_nearest = Descend(gram, c, nearest);
  return Descend(gram, c, relaxed) < from_nearest * (1 - 1e-9) ? relaxed : nearest;
}

}  // namespace

void Gram::Add(std::span<const float> patch) {
  for (size_t i = 0; i < n; ++i) {
    const auto p = static_cast<double>(patch[i]);
    if (p == 0) continue;
    double* row = &at[i * n];
    for (size_t j = 0; j < n; ++j) row[j] += p * static_cast<double>(patch[j]);
  }
}

double RoundingError(const Gram& gram, std::span<const double> steps, std::span<const int8_t> q) {
  double error = 0;
  for (size_t i = 0; i < gram.n; ++i) {
    double product = 0;
    for (size_t j = 0; j < gram.n; ++j) product += gram.at[i * gram.n + j] * (q[j] - steps[j]);
    error += (q[i] - steps[i]) * product;
  }
  return error;
}

std::vector<std::vector<int8_t>> RoundChannels(const Gram& gram, const std::vector<std::vector<double>>& steps,
                                               int limit) {
  std::vector<Channel> channels;
  for (const std::vector<double>& s : steps) channels.push_back(Start(s, limit));
  for (size_t first = 0; first < channels.size(); first += kBlock) {
    Relax(gram, std::span(channels).subspan(first, std::min(kBlock, channels.size() - first)));
  }
  std::vector<std::vector<int8_t>> rounded;
  for (const Channel& c : channels) rounded.push_back(Best(gram, c, limit));
  return rounded;
}

}  // namespace verge::quant
