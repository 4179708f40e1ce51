// Every expected number is worked out by hand, or a published example.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "eval/metrics/agreement.h"
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/interval.h"
#include "eval/metrics/scores.h"

namespace verge::eval {
namespace {

using testing::ElementsAre;

TEST(Wilson, KnownIntervals) {
  // p = 0.5, n = 10: centre (0.5 + 0.19207) / 1.38415 = 0.5, half width 0.36481 / 1.38415 = 0.26338.
  const auto half = Wilson(5, 10);
  ASSERT_TRUE(half.has_value());
  EXPECT_NEAR(half->lo, 0.23659, 1e-5);
  EXPECT_NEAR(half->hi, 0.76341, 1e-5);
  // None of 10: 0 and z^2 / (n + z^2) = 3.84146 / 13.84146.
  const auto none = Wilson(0, 10);
  EXPECT_NEAR(none->lo, 0, 1e-12);
  EXPECT_NEAR(none->hi, 0.27754, 1e-5);
  EXPECT_FALSE(Wilson(0, 0).has_value());
}

TEST(Bootstrap, BracketsTheMeanAndIsTheSameEachTime) {
  const std::vector<double> values = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  const auto mean = [&](std::span<const uint32_t> weights) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[i];
    return sum / 10;
  };
  const auto a = Bootstrap(10, mean), b = Bootstrap(10, mean);
  ASSERT_TRUE(a.has_value() && b.has_value());
  EXPECT_EQ(a->lo, b->lo);
  EXPECT_EQ(a->hi, b->hi);
  // The count of ones is binomial(10, 1/2): P(<= 1) = 0.0107, P(<= 2) = 0.0547.
  EXPECT_DOUBLE_EQ(a->lo, 0.2);
  EXPECT_DOUBLE_EQ(a->hi, 0.8);
  EXPECT_FALSE(Bootstrap(1, mean).has_value());
}

TEST(Scores, RankCountsBetterOnesAndNotANumberIsWorst) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> scores = {0.1F, 0.5F, nan, 0.5F};
  EXPECT_EQ(RankOf(scores, 1), 0u);
  EXPECT_EQ(RankOf(scores, 3), 1u);
  EXPECT_EQ(RankOf(scores, 0), 2u);
  EXPECT_EQ(RankOf(scores, 2), 3u);
  EXPECT_EQ(TopOf(scores), 1u);
  EXPECT_EQ(TopOf(std::vector<float>{nan, -1}), 1u);
}

// Positives 3, 1; negatives 2, 1. Pairs: 3>2, 3>1, 1<2, 1=1: (1 + 1 + 0 + 0.5) / 4.
TEST(Scores, AucCountsPairs) {
  EXPECT_DOUBLE_EQ(Auc({{3, true}, {1, true}, {2, false}, {1, false}}), 0.625);
  EXPECT_DOUBLE_EQ(Auc({{3, true}, {1, false, 5}}), 1);
  EXPECT_TRUE(std::isnan(Auc({{3, true}})));
}

TEST(Scores, PartialAucIsScaledToChanceAndPerfect) {
  EXPECT_DOUBLE_EQ(PartialAuc({{2, true}, {1, false}}, 0.1), 1);
  EXPECT_DOUBLE_EQ(PartialAuc({{1, true}, {1, false}}, 0.1), 0.5);
  // The curve runs (0, 0), (0, 1/2), (1/2, 1/2), (1/2, 1), (1, 1). Up to 0.1 the area is 0.05; (1 + (0.05 - 0.005) /
  // 0.095) / 2.
  EXPECT_NEAR(PartialAuc({{4, true}, {3, false}, {2, true}, {1, false}}, 0.1), (1 + 0.045 / 0.095) / 2, 1e-12);
}

// Truth 0 0 1 1 9, said 0 1 1 1 0: class 0: 1 of 2, class 1: 2 of 3; the 9 is no class.
TEST(Scores, MeanIouOverClassesThatOccur) {
  const std::vector<int> said = {0, 1, 1, 1, 0}, truth = {0, 0, 1, 1, 9};
  const std::vector<MaskCounts> pictures = {CountMask(said, truth, 4, {})};
  EXPECT_THAT(pictures[0].both, ElementsAre(1, 2, 0, 0));
  EXPECT_THAT(pictures[0].either, ElementsAre(2, 3, 0, 0));
  EXPECT_DOUBLE_EQ(MeanIou(pictures, std::vector<uint32_t>{1}), (0.5 + 2.0 / 3) / 2);
  // Only pixels whose truth is 1 count: 2 of 2.
  const std::vector<MaskCounts> judged = {CountMask(said, truth, 4, std::vector<int>{1})};
  EXPECT_DOUBLE_EQ(MeanIou(judged, std::vector<uint32_t>{1}), 1);
  // A class that is not judged is a miss where it is said, and does not enter the mean.
  const std::vector<int> stray = {1, 3, 1, 1}, all_one = {1, 1, 1, 1};
  const std::vector<MaskCounts> missed = {CountMask(stray, all_one, 4, std::vector<int>{1})};
  EXPECT_DOUBLE_EQ(MeanIou(missed, std::vector<uint32_t>{1}), 0.75);
  EXPECT_TRUE(std::isnan(MeanIou(pictures, std::vector<uint32_t>{0})));
}

// want (3, 4), got (3, 3): noise 1, signal 25; cosine 21 / (5 * sqrt 18).
TEST(Agreement, KnownFigures) {
  Agreement agreement;
  agreement.Add(std::vector<float>{3, 3}, std::vector<float>{3, 4});
  EXPECT_NEAR(agreement.SqnrDb(), 10 * std::log10(25.0), 1e-12);
  EXPECT_NEAR(agreement.Cosine(), 21 / (5 * std::sqrt(18.0)), 1e-12);
  EXPECT_DOUBLE_EQ(agreement.RelativeError(), 0.25);
  EXPECT_EQ(agreement.different, 1u);
  Agreement same;
  same.Add(std::vector<float>{0, 0}, std::vector<float>{0, 0});
  EXPECT_TRUE(std::isinf(same.SqnrDb()));
  EXPECT_EQ(same.Cosine(), 1);
  EXPECT_EQ(same.RelativeError(), 0);
}

TEST(Agreement, NotANumberIsNeverForgotten) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Agreement agreement;
  agreement.Add(std::vector<float>{nan, 5}, std::vector<float>{1, 1});
  Agreement more;
  more.Add(std::vector<float>{9}, std::vector<float>{1});
  agreement.Add(more);
  EXPECT_TRUE(std::isnan(agreement.SqnrDb()));
  EXPECT_TRUE(std::isnan(agreement.RelativeError()));
  EXPECT_EQ(agreement.different, 3u);
}

TEST(EditDistance, CountsInsertionsDeletionsAndSubstitutions) {
  const auto distance = [](const char* got, const char* want) {
    return EditDistance(CharactersOf(got), CharactersOf(want));
  };
  EXPECT_EQ(distance("kitten", "sitting"), 3U);
  EXPECT_EQ(distance("", "abc"), 3U);
  EXPECT_EQ(distance("abc", ""), 3U);
  EXPECT_EQ(distance("same", "same"), 0U);
  EXPECT_EQ(CharactersOf(" \xc3\xa9t\xc3\xa9 ").size(), 3U);
  EXPECT_EQ(WordsOf("  go  forward\tten ").size(), 3U);
  EXPECT_TRUE(WordsOf("  ").empty());
}

}  // namespace
}  // namespace verge::eval
