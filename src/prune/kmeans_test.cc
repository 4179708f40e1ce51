#include "prune/kmeans.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "prune/testing.h"

namespace verge::prune {
namespace {

double ErrorOf(const std::vector<float>& centroids, const std::vector<float>& values,
               const std::vector<float>& importance) {
  double error = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const float c : centroids) {
      const double d = static_cast<double>(c) - static_cast<double>(values[i]);
      nearest = std::min(nearest, d * d);
    }
    error += nearest * (importance.empty() ? 1.0 : static_cast<double>(importance[i]));
  }
  return error;
}

// The best of all ways to cut the sorted values into k runs.
double BestError(std::vector<std::pair<float, float>> sorted, size_t k, size_t first = 0) {
  if (first == sorted.size()) return 0;
  if (k == 0) return std::numeric_limits<double>::infinity();
  double best = std::numeric_limits<double>::infinity();
  for (size_t last = first + 1; last <= sorted.size(); ++last) {
    double weight = 0;
    double sum = 0;
    for (size_t i = first; i < last; ++i) {
      weight += static_cast<double>(sorted[i].second);
      sum += static_cast<double>(sorted[i].second) * static_cast<double>(sorted[i].first);
    }
    double error = 0;
    for (size_t i = first; i < last; ++i) {
      const double d = static_cast<double>(sorted[i].first) - sum / weight;
      error += static_cast<double>(sorted[i].second) * d * d;
    }
    best = std::min(best, error + BestError(sorted, k - 1, last));
  }
  return best;
}

TEST(KMeans, IsAsGoodAsTryingEverything) {
  testing::Random random(1);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<float> values;
    std::vector<float> importance;
    std::vector<std::pair<float, float>> sorted;
    const bool is_weighted = trial % 2 == 1;
    for (size_t i = 0; i < 2 + random.Below(10); ++i) {
      values.push_back(random.Uniform(-1, 1) + (random.Below(2) == 0 ? 0.0f : 3.0f));
      if (is_weighted) importance.push_back(random.Uniform(0.1f, 5));
      sorted.emplace_back(values.back(), is_weighted ? importance.back() : 1.0f);
    }
    std::sort(sorted.begin(), sorted.end());
    const size_t k = 1 + random.Below(4);
    const std::vector<float> centroids = FitCentroids(values, importance, {.k = k});
    EXPECT_LE(centroids.size(), k);
    EXPECT_TRUE(std::is_sorted(centroids.begin(), centroids.end()));
    EXPECT_NEAR(ErrorOf(centroids, values, importance), BestError(sorted, k), 1e-5) << "trial " << trial;
  }
}

TEST(KMeans, FewValuesStayAsTheyAre) {
  const std::vector<float> values = {3, -1, 3, 0.5f, -1};
  EXPECT_EQ(FitCentroids(values, {}, {.k = 3}), (std::vector<float>{-1, 0.5f, 3}));
  EXPECT_EQ(FitCentroids(values, {}, {.k = 16}), (std::vector<float>{-1, 0.5f, 3}));
}

TEST(KMeans, ZeroIsKeptWhereItOccurs) {
  std::vector<float> values(50, 0.0f);
  for (int i = 1; i <= 40; ++i) values.push_back(static_cast<float>(i) * 0.25f);
  const std::vector<float> kept = FitCentroids(values, {}, {.k = 4, .keep_zero = true});
  EXPECT_LE(kept.size(), 4u);
  EXPECT_EQ(kept[0], 0.0f);
  EXPECT_NE(FitCentroids(values, {}, {.k = 4})[0], 0.0f);
  const std::vector<float> none = {1, 2, 3, 4, 5};
  const std::vector<float> without = FitCentroids(none, {}, {.k = 2, .keep_zero = true});
  EXPECT_EQ(without, FitCentroids(none, {}, {.k = 2}));
}

TEST(KMeans, WholeNumbersStayWhole) {
  testing::Random random(4);
  std::vector<float> values;
  for (int i = 0; i < 500; ++i) values.push_back(static_cast<float>(static_cast<int>(random.Below(255)) - 127));
  const std::vector<float> centroids = FitCentroids(values, {}, {.k = 16, .is_integer = true});
  EXPECT_EQ(centroids.size(), 16u);
  for (const float c : centroids) {
    EXPECT_EQ(c, static_cast<float>(static_cast<int>(c)));
    EXPECT_LE(c, 127);
    EXPECT_GE(c, -127);
  }
}

// A fixpoint of Lloyd's iteration, and no worse than equal steps over the range.
TEST(KMeans, ManyValuesEndInAFixpoint) {
  testing::Random random(8);
  std::vector<float> values;
  for (int i = 0; i < 20000; ++i) {
    values.push_back(random.Uniform(-1, 1) * random.Uniform(0, 1) * random.Uniform(0, 1));
  }
  const std::vector<float> centroids = FitCentroids(values, {}, {.k = 32});
  ASSERT_EQ(centroids.size(), 32u);
  std::vector<double> sums(32, 0.0);
  std::vector<double> counts(32, 0.0);
  for (const float v : values) {
    const size_t c = NearestCentroid(centroids, v);
    sums[c] += static_cast<double>(v);
    counts[c] += 1;
  }
  std::vector<float> steps;
  for (size_t c = 0; c < 32; ++c) {
    EXPECT_NEAR(sums[c] / counts[c], static_cast<double>(centroids[c]), 1e-4);
    steps.push_back(-1.0f + (static_cast<float>(c) + 0.5f) / 16.0f);
  }
  EXPECT_LT(ErrorOf(centroids, values, {}), 0.3 * ErrorOf(steps, values, {}));
}

TEST(KMeans, NearestTakesTheLowerOfTwo) {
  const std::vector<float> centroids = {-1, 0, 2};
  EXPECT_EQ(NearestCentroid(centroids, -9), 0u);
  EXPECT_EQ(NearestCentroid(centroids, 0), 1u);
  EXPECT_EQ(NearestCentroid(centroids, 1), 1u);
  EXPECT_EQ(NearestCentroid(centroids, 1.5f), 2u);
  EXPECT_EQ(NearestCentroid(centroids, 9), 2u);
}

}  // namespace
}  // namespace verge::prune
