#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runner/track/assign.h"
#include "runner/track/kalman.h"
#include "runner/track/tracker.h"

namespace verge::runner {
namespace {

TEST(Assign, FindsTheBestOfAllPermutations) {
  uint32_t seed = 7;
  const auto random = [&seed] {
    seed = seed * 1664525u + 1013904223u;
    return static_cast<float>(seed >> 16) / 65536.0F;
  };
  for (const auto& [rows, columns] : std::vector<std::pair<size_t, size_t>>{{1, 1}, {3, 3}, {5, 5}, {3, 6}, {6, 4}}) {
    for (int round = 0; round < 20; ++round) {
      std::vector<float> costs(rows * columns);
      std::generate(costs.begin(), costs.end(), random);
      const std::vector<int> got = Assign(costs, rows, columns);
      double total = 0;
      size_t matched = 0;
      for (size_t i = 0; i < rows; ++i) {
        if (got[i] < 0) continue;
        total += costs[i * columns + static_cast<size_t>(got[i])];
        ++matched;
      }
      ASSERT_EQ(matched, std::min(rows, columns));
      // Brute force over permutations of the longer side.
      const size_t longer = std::max(rows, columns), shorter = std::min(rows, columns);
      std::vector<size_t> order(longer);
      std::iota(order.begin(), order.end(), size_t{0});
      double best = 1e9;
      do {
        double sum = 0;
        for (size_t i = 0; i < shorter; ++i)
          sum += rows <= columns ? costs[i * columns + order[i]] : costs[order[i] * columns + i];
        best = std::min(best, sum);
      } while (std::next_permutation(order.begin(), order.end()));
      EXPECT_NEAR(total, best, 1e-5);
    }
  }
  EXPECT_TRUE(Assign({}, 0, 3).empty());
  EXPECT_EQ(Assign({}, 2, 0), (std::vector<int>{-1, -1}));
}

TEST(CoordinateFilter, LearnsAConstantVelocity) {
  CoordinateFilter filter(0, 0.01, 1);
  for (int i = 1; i <= 30; ++i) {
    filter.Predict(0.1, 0.1);
    filter.Update(0.05 * i, 0.01);
  }
  EXPECT_NEAR(filter.velocity(), 0.5, 0.02);
  filter.Predict(0.4, 0.1);
  EXPECT_NEAR(filter.position(), 1.7, 0.02);
}

Object At(float x, float y, float score = 0.8F, const char* label = "person") {
  return {label, score, {x - 0.05F, y - 0.1F, x + 0.05F, y + 0.1F}, 0, 0};
}

TEST(Tracker, KeepsTwoThatPassEachOtherApart) {
  Tracker tracker({});
  uint32_t left = 0, right = 0;
  for (int i = 0; i <= 20; ++i) {
    const float t = static_cast<float>(i) / 20;
    const auto out = tracker.Process(i * 100000, {At(0.2F + 0.6F * t, 0.45F), At(0.8F - 0.6F * t, 0.55F)});
    ASSERT_EQ(out.size(), 2u);
    if (i < 3) continue;
    if (i == 3) {
      left = out[0].track;
      right = out[1].track;
    }
    EXPECT_EQ(out[0].track, left) << i;
    EXPECT_EQ(out[1].track, right) << i;
  }
  EXPECT_NE(left, 0u);
  EXPECT_NE(left, right);
}

TEST(Tracker, DoubtfulObjectsContinueTracksButBeginNone) {
  Tracker tracker({});
  EXPECT_TRUE(tracker.Process(0, {At(0.5F, 0.5F, 0.4F)}).empty());
  EXPECT_EQ(tracker.track_count(), 0u);
  EXPECT_EQ(tracker.Process(100000, {At(0.5F, 0.5F, 0.6F)})[0].track, 0u);  // one frame is not yet a track
  EXPECT_EQ(tracker.Process(200000, {At(0.5F, 0.5F, 0.6F)})[0].track, 1u);
  const auto out = tracker.Process(300000, {At(0.5F, 0.5F, 0.4F)});
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].track, 1u);
  EXPECT_EQ(out[0].first_seen_us, 100000);
}

TEST(Tracker, SurvivesAGapAndEndsAfterMaxAge) {
  Tracker tracker({});
  for (int i = 0; i < 5; ++i) tracker.Process(i * 100000, {At(0.3F + 0.01F * static_cast<float>(i), 0.5F)});
  for (int i = 5; i < 10; ++i) EXPECT_TRUE(tracker.Process(i * 100000, {}).empty());
  EXPECT_EQ(tracker.Process(1000000, {At(0.4F, 0.5F)})[0].track, 1u);  // where it was going
  EXPECT_TRUE(tracker.Process(2100000, {}).empty());
  EXPECT_EQ(tracker.track_count(), 0u);
}

TEST(Tracker, LabelsDoNotMix) {
  Tracker tracker({});
  tracker.Process(0, {At(0.5F, 0.5F)});
  tracker.Process(100000, {At(0.5F, 0.5F)});
  EXPECT_EQ(tracker.Process(200000, {At(0.5F, 0.5F, 0.9F, "dog")})[0].track, 0u);
}

TEST(Tracker, TimeThatGoesBackEndsTracks) {
  Tracker tracker({});
  tracker.Process(0, {At(0.5F, 0.5F)});
  tracker.Process(100000, {At(0.5F, 0.5F)});
  EXPECT_EQ(tracker.Process(50000, {At(0.5F, 0.5F)})[0].track, 0u);
}

TEST(Tracker, MemoryIsBounded) {
  Tracker tracker({});
  for (int i = 0; i < 10; ++i) {
    std::vector<Object> many;
    for (int j = 0; j < 1000; ++j) many.push_back(At(static_cast<float>(j), static_cast<float>(i)));
    EXPECT_LE(tracker.Process(i * 1000, many).size(), Tracker::kMaxObjects);
    EXPECT_LE(tracker.track_count(), Tracker::kMaxTracks);
  }
}

}  // namespace
}  // namespace verge::runner
