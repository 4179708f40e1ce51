// Distributions in constant memory: counts between fixed edges, and how far they are from a reference.
//
// Bins      edges e_1 < ... < e_k make k + 1 bins: x < e_1, e_1 <= x < e_2, ..., e_k <= x.
// PSI       sum over the bins of (p_i - q_i) * ln(p_i / q_i), p observed, q reference, both at least 1e-4 so that an
//           empty bin counts much but not infinitely. It is the symmetric Kullback-Leibler divergence. Customary
//           reading: below 0.1 the same, above 0.25 another distribution; but by chance alone it reaches
//           PsiThreshold. Siddiqi, "Credit Risk Scorecards" (2006); Yurdakul, "Statistical Properties of Population
//           Stability Index" (2018): under no change PSI is about (1/n + 1/m) * chi-squared of k degrees of freedom,
//           n and m being the sample counts.
// KS        max over the edges of |P(x < e) - Q(x < e)|. With edges at the reference's quantiles it misses at most the
//           share of one bin of the distance between the full distributions (drift/ks.h), never exceeds it.
// Threads   plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "drift/state.h"

namespace verge::drift {

inline constexpr size_t kMaxEdges = 63;

// What is normal.
struct Reference {
  std::vector<double> edges;   // rising
  std::vector<double> shares;  // edges.size() + 1, each >= 0, sum 1
};

// kInvalidArgument says what is wrong: no edge or too many, edges that do not rise, shares that do not fit.
Status CheckReference(const Reference& reference);

// A reference from samples: at most `bins` bins of about the same share each; fewer where values repeat. The order of
// `samples` is lost. kInvalidArgument: fewer than two different finite values.
Result<Reference> LearnReference(std::vector<double> samples, size_t bins);

class Histogram {
 public:
  explicit Histogram(std::span<const double> edges) : edges_(edges.begin(), edges.end()), counts_(edges.size() + 1) {}

  // `value` is a number (not NaN).
  void Add(double value);
  void Clear();
  uint64_t count() const { return count_; }
  std::span<const uint64_t> counts() const { return counts_; }

  void Save(StateWriter& out) const;
  Status Load(StateReader& in);

 private:
  std::vector<double> edges_;
  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
};

// `counts` has a bin a share; at least one sample.
double Psi(std::span<const uint64_t> counts, std::span<const double> shares);
double KsDistance(std::span<const uint64_t> counts, std::span<const double> shares);

// What PSI exceeds with probability `alpha` although nothing changed. `reference_count` 0: the reference is exact.
double PsiThreshold(size_t bins, uint64_t count, uint64_t reference_count, double alpha);

}  // namespace verge::drift
