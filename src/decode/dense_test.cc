#include "decode/dense.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "decode/prior_boxes.h"

namespace verge::decode {
namespace {

void ExpectBox(const Box& box, float x0, float y0, float x1, float y1) {
  EXPECT_NEAR(box.x0, x0, 1e-6F);
  EXPECT_NEAR(box.y0, y0, 1e-6F);
  EXPECT_NEAR(box.x1, x1, 1e-6F);
  EXPECT_NEAR(box.y1, y1, 1e-6F);
}

// An input of 32 x 32 has 16 + 4 + 1 cells.
TEST(Yolox, DecodesACellOfEachStride) {
  std::vector<float> rows(21 * 7, 0.0F);
  float* fine = rows.data() + 6 * 7;  // stride 8, row 1, column 2
  fine[0] = 0.5F, fine[1] = 0.25F, fine[2] = std::log(2.0F), fine[3] = 0, fine[4] = 0.5F, fine[6] = 0.8F;
  float* coarse = rows.data() + 20 * 7;  // stride 32
  coarse[0] = 0.5F, coarse[1] = 0.5F, coarse[4] = 1, coarse[5] = 0.9F;
  const auto found = DecodeYolox(rows, {32, 32}, 2, 0.3F);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  ASSERT_EQ(found->size(), 2u);
  // Centre (2.5, 1.25) * 8 = (20, 10), size 16 x 8.
  ExpectBox((*found)[0].box, 12 / 32.0F, 6 / 32.0F, 28 / 32.0F, 14 / 32.0F);
  EXPECT_FLOAT_EQ((*found)[0].score, 0.4F);
  EXPECT_EQ((*found)[0].label, 1);
  ExpectBox((*found)[1].box, 0, 0, 1, 1);
  EXPECT_EQ((*found)[1].label, 0);
}

TEST(Yolox, RefusesOtherCounts) {
  EXPECT_EQ(DecodeYolox(std::vector<float>(20 * 7), {32, 32}, 2, 0.3F).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodeYolox(std::vector<float>(0), {0, 32}, 2, 0.3F).code(), StatusCode::kInvalidArgument);
}

TEST(Nanodet, TheDistanceIsTheMeanOfItsDistribution) {
  const std::vector<float> scores = {0.1F, 0.6F};
  std::vector<float> distances(4 * 3, -100.0F);
  distances[0] = 100;                // left: bin 0
  distances[3 + 1] = 100;            // top: bin 1
  distances[6] = distances[8] = 50;  // right: half bin 0, half bin 2
  distances[9 + 2] = 100;            // bottom: bin 2
  const NanodetLevel level{16, scores, distances};
  const auto found = DecodeNanodet(std::span(&level, 1), {16, 16}, 2, 0.5F);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  ASSERT_EQ(found->size(), 1u);
  // Centre (8, 8); left 0, top 16, right 16, bottom 32 pixels.
  ExpectBox((*found)[0].box, 0.5F, -0.5F, 1.5F, 2.5F);
  EXPECT_EQ((*found)[0].label, 1);
  const NanodetLevel wrong{16, scores, std::span(distances).first(11)};
  EXPECT_EQ(DecodeNanodet(std::span(&wrong, 1), {16, 16}, 2, 0.5F).code(), StatusCode::kInvalidArgument);
}

TEST(Fastestdet, DecodesPlanes) {
  // One row of two cells; two classes. The second cell sees class 1.
  const std::vector<float> planes = {0, 1, 0, 0, 0, 0, 0, 0, 0, 100, 1, 0.25F, 0, 0.5F};
  const auto found = DecodeFastestdet(planes, 1, 2, 2, 0.3F);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  ASSERT_EQ(found->size(), 1u);
  ExpectBox((*found)[0].box, 0.25F, -0.5F, 0.75F, 0.5F);  // centre (1 / 2, 0), width 0.5, height 1
  EXPECT_EQ((*found)[0].label, 1);
  EXPECT_FLOAT_EQ((*found)[0].score, std::pow(0.5F, 0.4F));
  EXPECT_EQ(DecodeFastestdet(planes, 1, 3, 2, 0.3F).code(), StatusCode::kInvalidArgument);
}

TEST(PriorBoxes, UltrafaceHasItsPublishedNumberOfPriors) {
  const std::vector<Prior> priors = UltrafacePriors({320, 240});
  ASSERT_EQ(priors.size(), 4420u);
  EXPECT_FLOAT_EQ(priors[0].cx, 4.0F / 320);
  EXPECT_FLOAT_EQ(priors[0].cy, 4.0F / 240);
  EXPECT_FLOAT_EQ(priors[1].w, 16.0F / 320);
  EXPECT_FLOAT_EQ(priors.back().h, 1);  // 256 pixels of 240, clipped
}

TEST(PriorBoxes, DecodesAgainstPriorsOrTakesCorners) {
  const std::vector<float> scores = {0.2F, 0.8F, 0.9F, 0.1F};
  const std::vector<float> offsets = {1, -1, 0, 5 * std::log(2.0F), 0, 0, 1, 1};
  const std::vector<Prior> priors = {{0.5F, 0.5F, 0.2F, 0.4F}, {0.5F, 0.5F, 1, 1}};
  const auto decoded = DecodePriorBoxes(scores, offsets, priors, 2, 0.5F);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  ASSERT_EQ(decoded->size(), 1u);
  // Centre (0.52, 0.46), size 0.2 x 0.8.
  ExpectBox((*decoded)[0].box, 0.42F, 0.06F, 0.62F, 0.86F);
  EXPECT_EQ((*decoded)[0].label, 0);
  const auto corners = DecodePriorBoxes(scores, offsets, {}, 2, 0.05F);
  ASSERT_TRUE(corners.ok()) << corners.status().ToString();
  ASSERT_EQ(corners->size(), 2u);
  ExpectBox((*corners)[1].box, 0, 0, 1, 1);
  EXPECT_EQ(DecodePriorBoxes(scores, offsets, {}, 3, 0.5F).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::decode
