#include <gtest/gtest.h>

#include <algorithm>

#include "drift/histogram.h"
#include "drift/ks.h"
#include "drift/streams_for_test.h"

namespace verge::drift {
namespace {

std::vector<double> Normals(uint64_t seed, size_t count, double mean) {
  Stream stream(seed);
  std::vector<double> out(count);
  for (double& value : out) value = stream.Normal(mean, 1);
  return out;
}

// Ten bins of the same share of a standard normal distribution.
Reference Deciles() {
  Reference reference;
  for (int i = 1; i < 10; ++i) reference.edges.push_back(NormalQuantile(i / 10.0));
  reference.shares.assign(10, 0.1);
  return reference;
}

TEST(Psi, IsWhatTheEquationSays) {
  // (0.5-0.25) ln 2 + (0.5-0.75) ln(2/3)
  EXPECT_NEAR(Psi(std::vector<uint64_t>{5, 5}, std::vector<double>{0.25, 0.75}), 0.2746531, 1e-6);
  EXPECT_EQ(Psi(std::vector<uint64_t>{1, 3}, std::vector<double>{0.25, 0.75}), 0);
  const double with_empty_bin = Psi(std::vector<uint64_t>{0, 10}, std::vector<double>{0.5, 0.5});
  EXPECT_GT(with_empty_bin, 4);
  EXPECT_LT(with_empty_bin, 5);
}

TEST(Psi, FalseAlarmsAreAsRareAsTheThresholdSays) {
  const Reference reference = Deciles();
  constexpr int kSeeds = 4000;
  for (const double alpha : {0.05, 0.01}) {
    const double limit = PsiThreshold(10, 500, 0, alpha);
    int alarms = 0;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      Histogram histogram(reference.edges);
      for (const double value : Normals(seed, 500, 0)) histogram.Add(value);
      if (Psi(histogram.counts(), reference.shares) > limit) ++alarms;
    }
    const double rate = static_cast<double>(alarms) / kSeeds;
    RecordProperty("alpha", std::to_string(alpha));
    RecordProperty("rate", std::to_string(rate));
    EXPECT_GT(rate, alpha * 0.6);
    EXPECT_LT(rate, alpha * 1.6);
  }
}

TEST(Psi, CustomaryLimitsTellAShiftOfOneDeviationFromNone) {
  const Reference reference = Deciles();
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    Histogram same(reference.edges);
    Histogram shifted(reference.edges);
    for (const double value : Normals(seed, 200, 0)) same.Add(value);
    for (const double value : Normals(seed + 10'000, 200, 1)) shifted.Add(value);
    EXPECT_LT(Psi(same.counts(), reference.shares), 0.25) << seed;
    EXPECT_GT(Psi(shifted.counts(), reference.shares), 0.5) << seed;
  }
}

TEST(Ks, DistanceOfSamplesAndTies) {
  const std::vector<double> a = {1, 2, 3, 4};
  EXPECT_EQ(KsDistanceOfSorted(a, a), 0);
  EXPECT_EQ(KsDistanceOfSorted(a, std::vector<double>{5, 6}), 1);
  EXPECT_EQ(KsDistanceOfSorted(a, std::vector<double>{2, 2, 3, 3}), 0.25);
  EXPECT_EQ(KsDistanceOfSorted(std::vector<double>{1, 1, 1}, std::vector<double>{1}), 0);
}

TEST(Ks, ProbabilitiesOfTheTables) {
  // Smirnov (1948): Q(1.3581) = 0.05, Q(1.6276) = 0.01; a count so large that the correction vanishes.
  const uint64_t many = uint64_t{1} << 50;
  const double root = std::sqrt(static_cast<double>(many));
  EXPECT_NEAR(KsProbability(1.3581 / root, many, 0), 0.05, 1e-4);
  EXPECT_NEAR(KsProbability(1.6276 / root, many, 0), 0.01, 1e-4);
  EXPECT_NEAR(KsThreshold(many, 0, 0.05) * root, 1.3581, 1e-4);
  EXPECT_EQ(KsProbability(0, 100, 100), 1);
  EXPECT_NEAR(NormalQuantile(0.975), 1.959964, 1e-6);
}

TEST(Ks, FalseAlarmsOfTwoSamplesAreAsRareAsAlpha) {
  constexpr int kSeeds = 3000;
  const double limit = KsThreshold(200, 300, 0.05);
  int alarms = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::vector<double> a = Normals(seed, 200, 0);
    std::vector<double> b = Normals(seed + 100'000, 300, 0);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (KsDistanceOfSorted(a, b) > limit) ++alarms;
  }
  const double rate = static_cast<double>(alarms) / kSeeds;
  RecordProperty("rate", std::to_string(rate));
  EXPECT_GT(rate, 0.03);
  EXPECT_LT(rate, 0.07);
}

TEST(Ks, OfHistogramsIsNeverMoreThanOfSamplesAndMissesAtMostABin) {
  const Reference reference = Deciles();
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::vector<double> values = Normals(seed, 300, 0.5);
    Histogram histogram(reference.edges);
    for (const double value : values) histogram.Add(value);
    std::sort(values.begin(), values.end());
    double exact = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double expected = std::erfc(-values[i] / std::numbers::sqrt2) / 2;
      for (const size_t below : {i, i + 1}) {
        exact = std::max(exact, std::abs(static_cast<double>(below) / static_cast<double>(values.size()) - expected));
      }
    }
    const double binned = KsDistance(histogram.counts(), reference.shares);
    EXPECT_LE(binned, exact + 1e-12);
    EXPECT_GT(binned, exact - 0.1);
  }
}

TEST(Reference, IsLearntFromSamples) {
  const Result<Reference> learnt = LearnReference(Normals(1, 20'000, 0), 10);
  ASSERT_TRUE(learnt.ok());
  ASSERT_TRUE(CheckReference(*learnt).ok());
  ASSERT_EQ(learnt->edges.size(), 9u);
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(learnt->edges[i], NormalQuantile(static_cast<double>(i + 1) / 10), 0.05);
  for (const double share : learnt->shares) EXPECT_NEAR(share, 0.1, 1e-3);
}

TEST(Reference, OfFewDifferentValuesHasFewerBins) {
  std::vector<double> samples(90, 0.0);
  samples.insert(samples.end(), 10, 1.0);
  samples.push_back(std::nan(""));
  const Result<Reference> learnt = LearnReference(samples, 10);
  ASSERT_TRUE(learnt.ok());
  EXPECT_EQ(learnt->edges, std::vector<double>{1});
  EXPECT_EQ(learnt->shares, (std::vector<double>{0.9, 0.1}));
  EXPECT_EQ(LearnReference({2, 2, 2}, 10).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(LearnReference({}, 10).status().code(), StatusCode::kInvalidArgument);
}

TEST(Reference, SaysWhatIsWrong) {
  const auto error = [](Reference r) { return std::string(CheckReference(r).message()); };
  EXPECT_NE(error({{}, {1}}).find("1 to 63 edges"), std::string::npos);
  EXPECT_NE(error({{2, 1}, {0.5, 0.25, 0.25}}).find("rise"), std::string::npos);
  EXPECT_NE(error({{1}, {1}}).find("expected 2 shares"), std::string::npos);
  EXPECT_NE(error({{1}, {0.5, 0.4}}).find("add up to 1"), std::string::npos);
  EXPECT_NE(error({{1}, {1.5, -0.5}}).find("at least 0"), std::string::npos);
}

}  // namespace
}  // namespace verge::drift
