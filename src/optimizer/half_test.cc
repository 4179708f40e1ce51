#include "optimizer/half.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/text.h"

namespace verge::optimizer {
namespace {

TEST(RoundToHalf, GoesToTheNearestEven) {
  EXPECT_EQ(RoundToHalf(1.0f + 1.0f / 2048, Half::kF16), 1.0f);  // a half of the last place: to even
  EXPECT_EQ(RoundToHalf(1.0f + 3.0f / 2048, Half::kF16), 1.0f + 2.0f / 1024);
  EXPECT_EQ(RoundToHalf(1.0f + 1.0f / 256, Half::kBF16), 1.0f);
  EXPECT_EQ(RoundToHalf(1.0f + 3.0f / 256, Half::kBF16), 1.0f + 2.0f / 128);
  EXPECT_EQ(RoundToHalf(-3.0e38f, Half::kBF16), -0x1.c4p+127f);
  EXPECT_TRUE(std::isinf(RoundToHalf(1e6f, Half::kF16)));
  EXPECT_TRUE(std::isnan(RoundToHalf(NAN, Half::kBF16)));
}

TEST(RoundConstants, LeavesSmallTensorsAndRangesThatDoNotFit) {
  ir::Graph graph = *ir::Parse(
      "input x: f32[1, 32]\n"
      "const fine: f32[1, 32] = fill(0.3)\n"
      "const large: f32[1, 32] = fill(1e6)\n"
      "const few: f32[1, 1] = fill(0.3)\n"
      "a = mul(x, fine)\n"
      "b = add(a, large)\n"
      "c = add(b, few)\n"
      "output c\n");
  std::vector<std::string> notes;
  EXPECT_EQ(RoundConstants(graph, Half::kF16, notes), 1U);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("large"), std::string::npos);
  const auto first = [&](const char* name) {
    for (const ir::Value& value : graph.values) {
      if (value.name == name) return *reinterpret_cast<const float*>(value.constant->data());
    }
    return 0.0f;
  };
  EXPECT_EQ(first("fine"), HalfToFloat(FloatToHalf(0.3f)));
  EXPECT_NE(first("fine"), 0.3f);
  EXPECT_EQ(first("large"), 1e6f);
  EXPECT_EQ(first("few"), 0.3f);
}

}  // namespace
}  // namespace verge::optimizer
