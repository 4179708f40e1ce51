#include "compile/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/checked.h"

namespace verge::compile {
namespace {

// Divisors of strides, windows, patches, heads and blocks.
constexpr int64_t kMaxDivisor = 64;
constexpr std::array<int64_t, 10> kLargeDivisors = {80, 96, 128, 160, 192, 224, 256, 320, 384, 512};
// Products of three are looked for among so many candidates only.
constexpr size_t kMaxForTriples = 12;
constexpr size_t kMaxForPairs = 64;

struct Affine {
  int64_t factor = 1;
  int64_t offset = 0;
  int64_t divisor = 1;
};

// The offsets c with floor((factor * u + c) / divisor) == t at every probe.
std::optional<Affine> FitOffset(const Series& t, const Series& u, int64_t factor, int64_t divisor) {
  int64_t low = std::numeric_limits<int64_t>::min();
  int64_t high = std::numeric_limits<int64_t>::max();
  bool is_multiple = true;
  for (size_t i = 0; i < t.size(); ++i) {
    const std::optional<int64_t> scaled = CheckedMul(t[i], divisor);
    const std::optional<int64_t> product = CheckedMul(u[i], factor);
    if (!scaled || !product) return std::nullopt;
    const std::optional<int64_t> rest = CheckedAdd(*scaled, -*product);
    if (!rest || *rest > std::numeric_limits<int64_t>::max() - divisor) return std::nullopt;
    low = std::max(low, *rest);
    high = std::min(high, *rest + divisor - 1);
    is_multiple = is_multiple && *product % divisor == 0;
  }
  if (low > high) return std::nullopt;
  if (low == high) return Affine{factor, low, divisor};
  if (is_multiple && low <= 0 && high >= 0) return Affine{factor, 0, divisor};
  return std::nullopt;
}

std::optional<Affine> FitAffine(const Series& t, const Series& u) {
  const auto [smallest, largest] = std::minmax_element(u.begin(), u.end());
  if (*smallest == *largest) return std::nullopt;
  const auto at = [&](auto place) { return t[static_cast<size_t>(place - u.begin())]; };
  const double slope = static_cast<double>(at(largest) - at(smallest)) / static_cast<double>(*largest - *smallest);
  const auto attempt = [&](int64_t divisor) -> std::optional<Affine> {
    const double factor = std::round(slope * static_cast<double>(divisor));
    if (factor == 0 || std::abs(factor) > 1e15) return std::nullopt;
    return FitOffset(t, u, static_cast<int64_t>(factor), divisor);
  };
  for (int64_t divisor = 1; divisor <= kMaxDivisor; ++divisor) {
    if (const std::optional<Affine> found = attempt(divisor)) return found;
  }
  for (const int64_t divisor : kLargeDivisors) {
    if (const std::optional<Affine> found = attempt(divisor)) return found;
  }
  return std::nullopt;
}

std::optional<Series> Product(const Series& a, const Series& b) {
  Series out(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const std::optional<int64_t> product = CheckedMul(a[i], b[i]);
    if (!product) return std::nullopt;
    out[i] = *product;
  }
  return out;
}

// The first candidate of each series; those that never change say nothing.
std::vector<const Candidate*> Distinct(std::span<const Candidate> candidates) {
  std::vector<const Candidate*> out;
  for (const Candidate& c : candidates) {
    if (std::ranges::all_of(c.series, [&](int64_t n) { return n == c.series[0]; })) continue;
    const auto is_same = [&](const Candidate* other) { return other->series == c.series; };
    if (std::none_of(out.begin(), out.end(), is_same)) out.push_back(&c);
  }
  return out;
}

class Search {
 public:
  Search(const Series& target, std::span<const Candidate> candidates)
      : target_(target), distinct_(Distinct(candidates)) {}

  std::optional<format::Expression> Run() {
    for (int factors = 1; factors <= 3; ++factors) {
      const Series ones(target_.size(), 1);
      if (Extend(factors, 0, ones)) return found_;
    }
    return std::nullopt;
  }

 private:
  // Multiplies `left` more candidates, from `first` on, to `product`.
  bool Extend(int left, size_t first, const Series& product) {
    if (left == 0) {
      const std::optional<Affine> fit = FitAffine(target_, product);
      if (!fit) return false;
      found_ = {fit->factor, fit->offset, fit->divisor, chosen_};
      return true;
    }
    const size_t limit = left + chosen_.size() == 3   ? kMaxForTriples
                         : left + chosen_.size() == 2 ? kMaxForPairs
                                                      : distinct_.size();
    for (size_t i = first; i < std::min(limit, distinct_.size()); ++i) {
      const std::optional<Series> next = Product(product, distinct_[i]->series);
      if (!next) continue;
      chosen_.push_back(distinct_[i]->ref);
      const bool is_found = Extend(left - 1, i, *next);
      chosen_.pop_back();
      if (is_found) return true;
    }
    return false;
  }

  const Series& target_;
  std::vector<const Candidate*> distinct_;
  std::vector<format::DimRef> chosen_;
  format::Expression found_;
};

}  // namespace

std::optional<format::Expression> FitExpression(const Series& target, std::span<const Candidate> candidates) {
  return Search(target, candidates).Run();
}

}  // namespace verge::compile
