#include "drift/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "drift/ks.h"

namespace verge::drift {
namespace {

constexpr double kLeastShare = 1e-4;

}  // namespace

Status CheckReference(const Reference& reference) {
  const std::vector<double>& edges = reference.edges;
  if (edges.empty() || edges.size() > kMaxEdges) {
    return VERGE_ERROR(kInvalidArgument, "expected 1 to " + std::to_string(kMaxEdges) + " edges");
  }
  for (size_t i = 0; i < edges.size(); ++i) {
    if (!std::isfinite(edges[i]) || (i > 0 && edges[i] <= edges[i - 1])) {
      return VERGE_ERROR(kInvalidArgument, "expected edges that rise");
    }
  }
  if (reference.shares.size() != edges.size() + 1) {
    return VERGE_ERROR(kInvalidArgument,
                       "expected " + std::to_string(edges.size() + 1) + " shares, one more than edges");
  }
  double sum = 0;
  for (const double share : reference.shares) {
    if (!(share >= 0)) return VERGE_ERROR(kInvalidArgument, "expected shares of at least 0");
    sum += share;
  }
  constexpr double kRounding = 0.01;  // people write three digits
  if (!(std::abs(sum - 1) <= kRounding)) return VERGE_ERROR(kInvalidArgument, "expected shares that add up to 1");
  return Status::Ok();
}

Result<Reference> LearnReference(std::vector<double> samples, size_t bins) {
  std::erase_if(samples, [](double value) { return !std::isfinite(value); });
  std::sort(samples.begin(), samples.end());
  bins = std::clamp<size_t>(bins, 2, kMaxEdges + 1);
  if (samples.empty() || samples.front() == samples.back()) {
    return VERGE_ERROR(kInvalidArgument, "expected at least two different values");
  }
  Reference reference;
  for (size_t i = 1; i < bins; ++i) {
    const double edge = samples[i * samples.size() / bins];
    // An edge at the least value would leave the bin below it empty.
    const bool rises = reference.edges.empty() ? edge > samples.front() : edge > reference.edges.back();
    if (rises) reference.edges.push_back(edge);
  }
  if (reference.edges.empty()) reference.edges.push_back(samples.back());  // nearly all samples are the least one
  Histogram histogram(reference.edges);
  for (const double value : samples) histogram.Add(value);
  for (const uint64_t count : histogram.counts()) {
    reference.shares.push_back(static_cast<double>(count) / static_cast<double>(histogram.count()));
  }
  return reference;
}

void Histogram::Add(double value) {
  const auto above = std::upper_bound(edges_.begin(), edges_.end(), value);
  ++counts_[static_cast<size_t>(above - edges_.begin())];
  ++count_;
}

void Histogram::Clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
}

void Histogram::Save(StateWriter& out) const {
  out.Tag("HIST");
  out.Number(counts_.size());
  for (const uint64_t count : counts_) out.Number(count);
}

Status Histogram::Load(StateReader& in) {
  VERGE_TRY(in.Tag("HIST"));
  VERGE_TRY_ASSIGN(const uint64_t bins, in.Number(kMaxEdges + 1));
  if (bins != counts_.size()) return VERGE_ERROR(kDataLoss, "the saved histogram has other bins");
  count_ = 0;
  for (uint64_t& count : counts_) {
    VERGE_TRY_ASSIGN(count, in.Number(uint64_t{1} << 32));
    count_ += count;
  }
  return Status::Ok();
}

double Psi(std::span<const uint64_t> counts, std::span<const double> shares) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
  double psi = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double p = std::max(static_cast<double>(counts[i]) / total, kLeastShare);
    const double q = std::max(shares[i], kLeastShare);
    psi += (p - q) * std::log(p / q);
  }
  return psi;
}

double KsDistance(std::span<const uint64_t> counts, std::span<const double> shares) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
  double observed = 0;
  double expected = 0;
  double largest = 0;
  for (size_t i = 0; i + 1 < counts.size(); ++i) {
    observed += static_cast<double>(counts[i]) / total;
    expected += shares[i];
    largest = std::max(largest, std::abs(observed - expected));
  }
  return largest;
}

double PsiThreshold(size_t bins, uint64_t count, uint64_t reference_count, double alpha) {
  // The quantile of chi-squared by Wilson and Hilferty (1931): within 1 % for alpha of 1e-6 to 0.5 and 3 or more bins.
  const double degrees = static_cast<double>(std::max<size_t>(bins, 2) - 1);
  const double part = 2 / (9 * degrees);
  const double root = 1 - part + NormalQuantile(1 - alpha) * std::sqrt(part);
  const double weight =
      1 / static_cast<double>(count) + (reference_count > 0 ? 1 / static_cast<double>(reference_count) : 0);
  return degrees * root * root * root * weight;
}

}  // namespace verge::drift
