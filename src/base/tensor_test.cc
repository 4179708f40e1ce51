#include "base/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace verge {
namespace {

TEST(Shape, CountsElements) {
  EXPECT_EQ((Shape{1, 300, 300, 3}).elems(), 270000u);
  EXPECT_EQ(Shape().elems(), 1u);
  EXPECT_EQ(ToString(Shape{1, 2}), "[1, 2]");
  EXPECT_FALSE((Shape{int64_t{1} << 62, 8}).CheckedElems());
  EXPECT_FALSE((Shape{-1}).CheckedElems());
}

TEST(Shape, RefusesForeignNonsense) {
  const std::array<int64_t, 9> nine = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_FALSE(Shape::FromSpan(nine));
  const std::array<int64_t, 1> negative = {-2};
  EXPECT_FALSE(Shape::FromSpan(negative));
}

TEST(DType, NamesRoundTrip) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(ParseDType(DTypeName(dtype)), dtype);
    EXPECT_GT(DTypeBytes(dtype), 0u);
  }
  EXPECT_FALSE(ParseDType("f33"));
}

TEST(Half, EveryFiniteHalfRoundTrips) {
  for (uint32_t h = 0; h < 0x10000; ++h) {
    const float f = HalfToFloat(static_cast<uint16_t>(h));
    if (std::isnan(f)) {
      EXPECT_TRUE(std::isnan(HalfToFloat(FloatToHalf(f))));
    } else {
      EXPECT_EQ(FloatToHalf(f), h);
    }
  }
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(FloatToHalf(1.0f), 0x3c00);
  EXPECT_EQ(FloatToHalf(1.0f + 0x1p-11f), 0x3c00);      // a tie goes to even
  EXPECT_EQ(FloatToHalf(1.0f + 3 * 0x1p-11f), 0x3c02);  // the next tie goes up
  EXPECT_EQ(FloatToHalf(65519.0f), 0x7bff);
  EXPECT_EQ(FloatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(FloatToHalf(-std::numeric_limits<float>::infinity()), 0xfc00);
}

}  // namespace
}  // namespace verge
