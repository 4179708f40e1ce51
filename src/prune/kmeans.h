// k-means of numbers on a line: k values that stand for many with the smallest squared error.
//
//   minimise  sum_i importance_i (v_i - nearest centroid)^2
//
// On a line clusters are runs of the sorted values, so that the best ones are found exactly by dynamic programming
// (Wang and Song 2011, "Ckmeans.1d.dp"), here with divide and conquer: O(k n log n). More than kExactValues different
// values are first brought into as many runs of equal numbers of values; the centroids found for those are then
// improved on all values by Lloyd's iteration, O(k log n) each with prefix sums.
//
// Exact     the same bits on every machine: no random start, sums in one order
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace verge::prune {

inline constexpr size_t kExactValues = 4096;

struct KMeans {
  size_t k = 16;
  bool keep_zero = false;   // when a value is 0, so is a centroid, and the other k - 1 are for the rest
  bool is_integer = false;  // centroids are whole numbers: the best ones, rounded
  size_t max_iterations = 100;
};

// At most k different centroids, ascending; of at most k different values those themselves. Optimal when there are at
// most kExactValues different values, and neither keep_zero nor is_integer takes effect.
// `values` are finite; `importance` is empty (all alike) or one number >= 0 a value. k >= 1, with keep_zero >= 2.
std::vector<float> FitCentroids(std::span<const float> values, std::span<const float> importance,
                                const KMeans& options);

// Index of the nearest centroid; halfway between two, of the lower.
size_t NearestCentroid(std::span<const float> centroids, float value);

}  // namespace verge::prune
