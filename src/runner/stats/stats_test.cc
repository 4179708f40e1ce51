#include "runner/stats/stats.h"

#include <gtest/gtest.h>

namespace verge::runner {
namespace {

TEST(LatencyHistogram, QuantilesAreAtMostOneStepTooHigh) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  for (int64_t us = 1; us <= 100000; ++us) histogram.Add(us);
  EXPECT_EQ(histogram.count(), 100000u);
  EXPECT_GE(histogram.Quantile(0.5), 50000);
  EXPECT_LE(histogram.Quantile(0.5), 50000 * 1.0625);
  EXPECT_GE(histogram.Quantile(0.99), 99000);
  EXPECT_LE(histogram.Quantile(0.99), 100000);
  EXPECT_EQ(histogram.Quantile(1), 100000);
}

TEST(LatencyHistogram, SmallAndHugeValues) {
  LatencyHistogram histogram;
  histogram.Add(-5);
  EXPECT_EQ(histogram.Quantile(1), 0);
  for (int64_t us = 0; us < 16; ++us) {
    LatencyHistogram one;
    one.Add(us);
    EXPECT_EQ(one.Quantile(0.5), us);
  }
  histogram.Add(INT64_MAX);
  EXPECT_GT(histogram.Quantile(1), int64_t{1} << 43);
}

TEST(StatsCell, CountsRunsAndDrops) {
  StatsCell cell;
  cell.AddRun(10, 30);
  cell.AddRun(20, 40);
  cell.AddDrops(3);
  const ElementStats stats = cell.Snapshot();
  EXPECT_EQ(stats.count, 2u);
  EXPECT_EQ(stats.drops, 3u);
  EXPECT_EQ(stats.p50_us, 10);
  EXPECT_EQ(stats.max_us, 20);
}

}  // namespace
}  // namespace verge::runner
