#include "runner/rules/channels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

namespace verge::runner::rules {
namespace {

TEST(Channels, NothingIsKnownAtFirst) {
  Channels c(2, {{0, 1000000}}, 0);
  c.Advance(5000000);
  EXPECT_TRUE(std::isnan(c.Value(0)));
  EXPECT_EQ(c.Count(0), 0);
  EXPECT_TRUE(std::isnan(c.Mean(0)) && std::isnan(c.Min(0)) && std::isnan(c.Max(0)) && std::isnan(c.Change(0)));
  c.Advance(7000000);
  EXPECT_EQ(c.AgeS(0), 2);
  c.Set(0, 3);
  EXPECT_EQ(c.AgeS(0), 0);
  EXPECT_EQ(c.AgeS(1), 2);
}

// Against a list of all values: the window holds those of the last 64 steps, the present one included.
TEST(Channels, WindowsAgreeWithAListOfAllValues) {
  constexpr int64_t kLength = 640000;  // steps of 10 ms
  Channels c(1, {{0, kLength}}, 0);
  std::mt19937 random(7);
  std::deque<std::pair<int64_t, double>> all;
  int64_t now = 0;
  for (int i = 0; i < 20000; ++i) {
    now += static_cast<int64_t>(random() % (i % 500 == 0 ? 2000000 : 9000));
    c.Advance(now);
    const double value = static_cast<double>(random() % 1000);
    c.Set(0, value);
    all.emplace_back(now, value);
    const int64_t first_us = (now / 10000 - 63) * 10000;
    while (all.front().first < first_us) all.pop_front();
    double sum = 0;
    double least = all.front().second;
    double largest = least;
    for (const auto& [time, v] : all) {
      sum += v;
      least = std::min(least, v);
      largest = std::max(largest, v);
    }
    ASSERT_EQ(c.Count(0), static_cast<double>(all.size())) << i;
    ASSERT_DOUBLE_EQ(c.Mean(0), sum / static_cast<double>(all.size()));
    ASSERT_EQ(c.Min(0), least);
    ASSERT_EQ(c.Max(0), largest);
    ASSERT_EQ(c.Change(0), value - all.front().second);
  }
}

TEST(Channels, AStaleValueIsMissingUntilTheNext) {
  Channels c(1, {}, 1000);
  c.Advance(0);
  c.Set(0, 4);
  c.Advance(1000);
  EXPECT_EQ(c.Value(0), 4);
  c.Advance(1001);
  EXPECT_TRUE(std::isnan(c.Value(0)));
  c.Set(0, 5);
  EXPECT_EQ(c.Value(0), 5);
}

TEST(Channels, ANaNIsNoNews) {
  Channels c(1, {{0, 1000000}}, 0);
  c.Advance(0);
  c.Set(0, 4);
  c.Advance(500000);
  c.Set(0, std::nan(""));
  EXPECT_EQ(c.Value(0), 4);
  EXPECT_EQ(c.AgeS(0), 0.5);
  EXPECT_EQ(c.Count(0), 1);
}

}  // namespace
}  // namespace verge::runner::rules
