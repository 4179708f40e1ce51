#include "decode/blazeface.h"

#include <gtest/gtest.h>

#include <vector>

namespace verge::decode {
namespace {

TEST(Blazeface, TakesTheMostCertainAnchor) {
  std::vector<float> offsets(896 * 16, 0.0f), scores(896, -10.0f);
  // Cell (x 3, y 1) of the 8 x 8 grid, its second anchor.
  const size_t anchor = 512 + (1 * 8 + 3) * 6 + 1;
  scores[anchor] = 0;
  offsets[anchor * 16 + 0] = 12.8f;
  offsets[anchor * 16 + 2] = 64;
  offsets[anchor * 16 + 4 + 2 * 2 + 1] = -6.4f;  // y of the nose
  const auto face = DecodeBlazeface(offsets, scores);
  ASSERT_TRUE(face.ok());
  EXPECT_FLOAT_EQ(face->score, 0.5f);
  EXPECT_FLOAT_EQ(face->cx, 3.5f / 8 + 0.1f);
  EXPECT_FLOAT_EQ(face->cy, 1.5f / 8);
  EXPECT_FLOAT_EQ(face->w, 0.5f);
  EXPECT_FLOAT_EQ(face->points[2][1], 1.5f / 8 - 0.05f);
  EXPECT_EQ(DecodeBlazeface(offsets, std::span(scores).first(895)).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::decode
