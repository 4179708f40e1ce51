// The two-sample test of Kolmogorov and Smirnov: are two samples from one distribution, whatever it is?
//
//   D = sup over x of |F_n(x) - G_m(x)|,   F_n and G_m the empirical distribution functions
//   P(D > d) -> Q(d * sqrt(n m / (n + m))),   Q(z) = 2 * sum over j >= 1 of (-1)^(j-1) exp(-2 j^2 z^2)
//
// The asymptotic P is right within 0.01 from n m / (n + m) = 40 on, and too large (so too few alarms) for values that
// repeat.
// Kolmogorov, "Sulla determinazione empirica di una legge di distribuzione" (1933); Smirnov, "Table for Estimating the
// Goodness of Fit of Empirical Distributions" (1948). Stephens' correction of small samples (1970): z is
// (sqrt(N) + 0.12 + 0.11 / sqrt(N)) * d with N = n m / (n + m).
#pragma once

#include <cstdint>
#include <span>

namespace verge::drift {

// D of two samples, each sorted in rising order and not empty. O(n + m), no memory.
double KsDistanceOfSorted(std::span<const double> a, std::span<const double> b);

// The probability of a distance of at least `distance` between samples of one distribution. `other_count` 0: the other
// distribution is known exactly.
double KsProbability(double distance, uint64_t count, uint64_t other_count);

// The distance that is exceeded with probability `alpha` (0 < alpha < 1) although nothing changed.
double KsThreshold(uint64_t count, uint64_t other_count, double alpha);

// x with P(Z <= x) = `probability` for a standard normal Z; 0 < probability < 1. Within 1e-8, by bisection.
double NormalQuantile(double probability);

}  // namespace verge::drift
