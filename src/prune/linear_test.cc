#include "prune/linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "prune/testing.h"

namespace verge::prune {
namespace {

// A = M M^T + I of random numbers, full.
std::vector<double> RandomPositive(size_t n, uint32_t seed) {
  testing::Random random(seed);
  std::vector<double> m(n * n);
  for (double& v : m) v = static_cast<double>(random.Uniform(-1, 1));
  std::vector<double> a(n * n, 0.0);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      for (size_t k = 0; k < n; ++k) a[i * n + j] += m[i * n + k] * m[j * n + k];
    }
    a[i * n + i] += 1;
  }
  return a;
}

TEST(Linear, SolvesWhatMultiplyingMakes) {
  for (const size_t n : {1u, 2u, 7u, 8u, 9u, 33u}) {
    const std::vector<double> a = RandomPositive(n, 3);
    std::vector<double> x(n);
    std::vector<double> b(n, 0.0);
    for (size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i) - 2.5;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) b[i] += a[i * n + j] * x[j];
    }
    std::vector<double> l = a;
    ASSERT_TRUE(Cholesky(l, n));
    CholeskySolve(l, n, b);
    for (size_t i = 0; i < n; ++i) EXPECT_NEAR(b[i], x[i], 1e-9) << n;
  }
}

TEST(Linear, RefusesWhatIsNotPositiveDefinite) {
  std::vector<double> a = {1, 0, 2, 1};  // [[1, 2], [2, 1]]
  EXPECT_FALSE(Cholesky(a, 2));
  std::vector<double> nan = {std::nan("")};
  EXPECT_FALSE(Cholesky(nan, 1));
  EXPECT_TRUE(InverseFactor(std::vector<double>{1, 0, 2, 1}, 2).empty());
}

TEST(Linear, InverseFactorIsUpperAndItsSquareTheInverse) {
  for (const size_t n : {1u, 3u, 20u}) {
    const std::vector<double> a = RandomPositive(n, 5);
    const std::vector<double> u = InverseFactor(a, n);
    ASSERT_EQ(u.size(), n * n);
    std::vector<double> inverse(n * n, 0.0);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < i; ++j) EXPECT_EQ(u[i * n + j], 0);
      for (size_t j = 0; j < n; ++j) {
        for (size_t k = 0; k < n; ++k) inverse[i * n + j] += u[k * n + i] * u[k * n + j];
      }
    }
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        double product = 0;
        for (size_t k = 0; k < n; ++k) product += inverse[i * n + k] * a[k * n + j];
        EXPECT_NEAR(product, i == j ? 1 : 0, 1e-9);
      }
    }
  }
}

TEST(Linear, GramAddsProductsOfRows) {
  const std::vector<float> x = {1, 2, 9, 3, -1, 9};  // two rows of 2, 3 apart
  std::vector<double> a = {10, 0, 0, 0};
  AddGram(x, 2, 3, 2, a);
  EXPECT_EQ(a, (std::vector<double>{20, 0, -1, 5}));
}

}  // namespace
}  // namespace verge::prune
