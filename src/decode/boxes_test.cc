#include "decode/boxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace verge::decode {
namespace {

TEST(Boxes, OverlapIsIntersectionOverUnion) {
  EXPECT_FLOAT_EQ(Overlap({0, 0, 2, 2}, {1, 1, 3, 3}), 1.0F / 7);
  EXPECT_FLOAT_EQ(Overlap({0, 0, 2, 2}, {0, 0, 2, 2}), 1);
  EXPECT_EQ(Overlap({0, 0, 1, 1}, {1, 0, 2, 1}), 0);
  EXPECT_EQ(Overlap({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
}

std::vector<float> Scores(const std::vector<Detection>& detections) {
  std::vector<float> scores;
  for (const Detection& d : detections) scores.push_back(d.score);
  return scores;
}

TEST(Boxes, SuppressKeepsTheBestOfEachClass) {
  const std::vector<Detection> candidates = {{{0, 0, 2, 2}, 0.5F, 1},  // overlaps the next by 0.6
                                             {{0, 0.5F, 2, 2.5F}, 0.9F, 1},
                                             {{0, 0, 2, 2}, 0.7F, 2},   // another class
                                             {{5, 5, 6, 6}, 0.1F, 1}};  // elsewhere
  EXPECT_THAT(Scores(Suppress(candidates, 0.5F, 10)), testing::ElementsAre(0.9F, 0.7F, 0.1F));
  EXPECT_THAT(Scores(Suppress(candidates, 0.7F, 10)), testing::ElementsAre(0.9F, 0.7F, 0.5F, 0.1F));
  EXPECT_THAT(Scores(Suppress(candidates, 0.7F, 2)), testing::ElementsAre(0.9F, 0.7F));
}

}  // namespace
}  // namespace verge::decode
