// Every expected number is worked out by hand in the comments.
#include "eval/metrics/average_precision.h"

#include <gtest/gtest.h>

#include <cmath>

namespace verge::eval {
namespace {

using decode::Detection;

TEST(AveragePrecision, PerfectIsOne) {
  AveragePrecision precision(2);
  const std::vector<TrueBox> truth = {{{0, 0, 10, 10}, 0}, {{20, 20, 40, 40}, 1}};
  precision.AddPicture(truth, std::vector<Detection>{{{0, 0, 10, 10}, 0.9F, 0}, {{20, 20, 40, 40}, 0.8F, 1}});
  const PrecisionFigures figures = precision.Figures(AreaRange::kAll);
  EXPECT_DOUBLE_EQ(figures.map, 1);
  EXPECT_DOUBLE_EQ(figures.map50, 1);
}

// Two boxes, three detections, best first: right, wrong, right. Recalls 0.5, 0.5, 1; precisions 1, 1/2, 2/3, which made
// to fall are 1, 2/3, 2/3. Recalls 0 .. 0.50 (51 of them) read 1, the other 50 read 2/3.
TEST(AveragePrecision, InterpolatesAt101Recalls) {
  AveragePrecision precision(1);
  const std::vector<TrueBox> truth = {{{0, 0, 10, 10}, 0}, {{50, 50, 60, 60}, 0}};
  precision.AddPicture(
      truth,
      std::vector<Detection>{{{0, 0, 10, 10}, 0.9F, 0}, {{100, 0, 110, 10}, 0.8F, 0}, {{50, 50, 60, 60}, 0.7F, 0}});
  EXPECT_NEAR(precision.Figures(AreaRange::kAll).map50, (51 + 50 * 2.0 / 3) / 101, 1e-12);
}

// One box of 10 x 10 found as 10 x 8: overlap 0.8, right at 0.50 .. 0.80, which are 7 of 10 thresholds. (0.8 as the
// float of 80 / 100 and the threshold 0.5 + 0.05 * 6 as a float are the same number.)
TEST(AveragePrecision, MeanOverTheThresholds) {
  AveragePrecision precision(1);
  precision.AddPicture(std::vector<TrueBox>{{{0, 0, 10, 10}, 0}}, std::vector<Detection>{{{0, 0, 10, 8}, 0.9F, 0}});
  const PrecisionFigures figures = precision.Figures(AreaRange::kAll);
  EXPECT_NEAR(figures.map, 0.7, 1e-12);
  EXPECT_DOUBLE_EQ(figures.map75, 1);
}

// The second detection of one box is wrong: precisions 1, 1/2; recall 1 from the first.
TEST(AveragePrecision, ABoxIsFoundOnce) {
  AveragePrecision precision(1);
  const std::vector<TrueBox> truth = {{{0, 0, 10, 10}, 0}, {{50, 50, 60, 60}, 0}};
  precision.AddPicture(
      truth, std::vector<Detection>{{{0, 0, 10, 10}, 0.9F, 0}, {{0, 0, 10, 10}, 0.8F, 0}, {{50, 50, 60, 60}, 0.7F, 0}});
  EXPECT_NEAR(precision.Figures(AreaRange::kAll).map50, (51 + 50 * 2.0 / 3) / 101, 1e-12);
}

// Small: below 32^2. The large box and what matches it do not count, nor does a large detection that matches nothing.
TEST(AveragePrecision, AreaRangesLeaveOthersOut) {
  AveragePrecision precision(1);
  const std::vector<TrueBox> truth = {{{0, 0, 10, 10}, 0}, {{100, 100, 300, 300}, 0}};
  precision.AddPicture(
      truth, std::vector<Detection>{
                 {{400, 400, 600, 600}, 0.95F, 0}, {{100, 100, 300, 300}, 0.9F, 0}, {{0, 0, 10, 10}, 0.8F, 0}});
  EXPECT_DOUBLE_EQ(precision.Figures(AreaRange::kSmall).map, 1);
  // Large: wrong, right: precision 1/2 at every recall.
  EXPECT_NEAR(precision.Figures(AreaRange::kLarge).map, 0.5, 1e-12);
  EXPECT_TRUE(std::isnan(precision.Figures(AreaRange::kMedium).map));
}

// Picture 1 is perfect, picture 2 finds nothing of its one box.
TEST(AveragePrecision, WeightsCountPictures) {
  AveragePrecision precision(1);
  const std::vector<TrueBox> truth = {{{0, 0, 10, 10}, 0}};
  precision.AddPicture(truth, std::vector<Detection>{{{0, 0, 10, 10}, 0.9F, 0}});
  precision.AddPicture(truth, {});
  EXPECT_NEAR(precision.Figures(AreaRange::kAll).map50, 51.0 / 101, 1e-12);  // recall ends at 1/2
  EXPECT_DOUBLE_EQ(precision.Figures(AreaRange::kAll, std::vector<uint32_t>{2, 0}).map50, 1);
  EXPECT_DOUBLE_EQ(precision.Figures(AreaRange::kAll, std::vector<uint32_t>{0, 2}).map50, 0);
  EXPECT_TRUE(std::isnan(precision.Figures(AreaRange::kAll, std::vector<uint32_t>{0, 0}).map50));
}

// A class without boxes does not count, whatever is said to be seen of it.
TEST(AveragePrecision, ClassesWithoutBoxesAreLeftOut) {
  AveragePrecision precision(3);
  precision.AddPicture(
      std::vector<TrueBox>{{{0, 0, 10, 10}, 0}},
      std::vector<Detection>{{{0, 0, 10, 10}, 0.5F, 0}, {{0, 0, 10, 10}, 0.9F, 2}, {{0, 0, 10, 10}, 0.9F, 7}});
  EXPECT_DOUBLE_EQ(precision.Figures(AreaRange::kAll).map, 1);
}

}  // namespace
}  // namespace verge::eval
