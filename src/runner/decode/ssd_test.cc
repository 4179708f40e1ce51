#include "runner/decode/ssd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace verge::runner {
namespace {

TEST(SsdAnchors, CountOrderAndSizes) {
  const std::vector<Anchor> anchors = MakeSsdAnchors({});
  ASSERT_EQ(anchors.size(), 1917u);  // 19*19*3 + (10*10 + 5*5 + 3*3 + 2*2 + 1) * 6
  EXPECT_FLOAT_EQ(anchors[0].cx, 0.5F / 19);
  EXPECT_FLOAT_EQ(anchors[0].cy, 0.5F / 19);
  EXPECT_FLOAT_EQ(anchors[0].w, 0.1F);
  EXPECT_FLOAT_EQ(anchors[1].w, static_cast<float>(0.2 * std::sqrt(2.0)));
  EXPECT_FLOAT_EQ(anchors[2].h, static_cast<float>(0.2 * std::sqrt(2.0)));
  EXPECT_FLOAT_EQ(anchors[3].cx, 1.5F / 19);  // columns run fastest
  const Anchor& square = anchors[1083 + 5];   // second layer: scales 0.35 and, next, 0.5
  EXPECT_FLOAT_EQ(square.w, static_cast<float>(std::sqrt(0.35 * 0.5)));
  EXPECT_FLOAT_EQ(anchors.back().w, static_cast<float>(std::sqrt(0.95)));
  EXPECT_FLOAT_EQ(anchors.back().cx, 0.5F);
}

// One layer of one cell with one square anchor of half the picture: every number can be checked by hand.
SsdDecoder Tiny(float min_score = 0.5F) {
  SsdOptions options;
  options.anchors = {.input_width = 2,
                     .input_height = 1,
                     .strides = {1},
                     .min_scale = 0.5,
                     .max_scale = 0.5,
                     .aspects = {1},
                     .has_reduced_first_layer = false,
                     .has_interpolated_square = false};
  options.min_score = min_score;
  return SsdDecoder(options, {"???", "person", "dog"});
}

TEST(SsdDecoder, DecodesBoxesAndScores) {
  const SsdDecoder decoder = Tiny();
  ASSERT_EQ(decoder.anchors().size(), 2u);
  const std::vector<float> encodings = {10, -10, 5 * std::log(2.0F), 0, 0, 0, 0, 0};
  const std::vector<float> logits = {9, 2, -5, 9, -5, -5};
  const std::vector<Object> objects = decoder.Decode(encodings, logits);
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].label, "person");
  EXPECT_NEAR(objects[0].score, 1 / (1 + std::exp(-2.0)), 1e-6);
  EXPECT_NEAR(objects[0].box.x0, 0.25 - 0.5 - 0.25, 1e-6);  // centre moved by -1 * aw
  EXPECT_NEAR(objects[0].box.x1, 0.25 - 0.5 + 0.25, 1e-6);
  EXPECT_NEAR(objects[0].box.y0, 0.5 + 0.5 - 0.5, 1e-6);  // centre moved by +1 * ah, height doubled
  EXPECT_NEAR(objects[0].box.y1, 0.5 + 0.5 + 0.5, 1e-6);
}

TEST(SsdDecoder, SuppressesWithinAClassOnly) {
  const SsdDecoder decoder = Tiny();
  // Both anchors are moved onto the same place.
  const std::vector<float> encodings = {0, 5, 0, 0, 0, -5, 0, 0};
  const std::vector<float> logits = {0, 1, 3, 0, 2, -9};
  const std::vector<Object> objects = decoder.Decode(encodings, logits);
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0].label, "dog");
  EXPECT_EQ(objects[1].label, "person");
  EXPECT_NEAR(objects[1].score, 1 / (1 + std::exp(-2.0)), 1e-6);
}

TEST(SsdDecoder, LeavesOutWhatIsNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> encodings = {0, 0, 1e9F, 0, nan, 0, 0, 0};
  const std::vector<float> logits = {0, 3, nan, 0, 3, nan};
  EXPECT_TRUE(Tiny().Decode(encodings, logits).empty());
}

}  // namespace
}  // namespace verge::runner
