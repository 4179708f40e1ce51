#include "ops/quant.h"

#include <gtest/gtest.h>

namespace verge::ops {
namespace {

TEST(FixedScale, IsTheNearestFraction) {
  const FixedScale half = MakeFixedScale(0.5);
  EXPECT_EQ(half.multiplier, 1 << 30);
  EXPECT_EQ(half.shift, 0);
  const FixedScale tenth = MakeFixedScale(0.1);  // 0.8 * 2^-3
  EXPECT_EQ(tenth.multiplier, 1717986918);
  EXPECT_EQ(tenth.shift, -3);
  // A fraction that rounds up to 1 becomes a half of the next power.
  const FixedScale one = MakeFixedScale(1.0 - 1e-12);
  EXPECT_EQ(one.multiplier, 1 << 30);
  EXPECT_EQ(one.shift, 1);
}

TEST(FixedScale, OutOfRangeIsNothingOrTheLargest) {
  for (const double real : {0.0, -1.0, 1e-12, static_cast<double>(NAN)}) {
    EXPECT_EQ(MakeFixedScale(real).multiplier, 0) << real;
  }
  EXPECT_EQ(MakeFixedScale(1e30).shift, 30);
}

TEST(DoublingHighProduct, RoundsHalvesAwayFromZeroAndSaturates) {
  EXPECT_EQ(DoublingHighProduct(1, 1 << 30), 1);    // 0.5
  EXPECT_EQ(DoublingHighProduct(-1, 1 << 30), 0);   // -0.5: the truncating division decides
  EXPECT_EQ(DoublingHighProduct(-3, 1 << 30), -1);  // -1.5
  EXPECT_EQ(DoublingHighProduct(INT32_MIN, INT32_MIN), INT32_MAX);
}

TEST(RoundingShiftRight, RoundsHalvesAwayFromZero) {
  EXPECT_EQ(RoundingShiftRight(5, 1), 3);
  EXPECT_EQ(RoundingShiftRight(-5, 1), -3);
  EXPECT_EQ(RoundingShiftRight(6, 2), 2);
  EXPECT_EQ(RoundingShiftRight(-6, 2), -2);
  EXPECT_EQ(RoundingShiftRight(7, 0), 7);
  EXPECT_EQ(RoundingShiftRight(INT32_MIN, 31), -1);
}

TEST(Rescale, IsWithinOneOfTheRealProduct) {
  for (const double real : {0.00037, 0.1, 0.24999, 0.5, 0.9999, 1.7, 12.5}) {
    const FixedScale s = MakeFixedScale(real);
    for (int32_t x = -100000; x <= 100000; x += 37) {
      const double want = static_cast<double>(x) * real;
      ASSERT_LE(std::abs(Rescale(x, s) - want), 1.0) << x << " * " << real;
      ASSERT_LE(std::abs(Rescale64(x, s) - want), 1.0 + std::abs(want) / 32768) << x << " * " << real;
    }
  }
}

// Two roundings are not one: 0.4995 becomes 0.5 in the first and 1 in the second.
TEST(Rescale, RoundsTwice) {
  const FixedScale s = MakeFixedScale(0.0624);
  EXPECT_EQ(s.shift, -4);
  EXPECT_EQ(Rescale(8, s), 1);  // 8 * 0.9984 = 7.99 -> 8; 8 / 16 = 0.5 -> 1, while 8 * 0.0624 = 0.499
  EXPECT_EQ(Rescale(-8, s), -1);
  EXPECT_EQ(Rescale64(8, s), 0);
}

TEST(Rescale, MatrixProductsRoundHalvesUp) {
  const FixedScale eighth = MakeFixedScale(0.125);
  ASSERT_EQ(eighth.shift, -2);
  for (const int32_t x : {4, 12, 5, 0}) EXPECT_EQ(RescaleHalvesUp(x, eighth), Rescale(x, eighth)) << x;
  EXPECT_EQ(Rescale(-12, eighth), -2);  // -1.5
  EXPECT_EQ(RescaleHalvesUp(-12, eighth), -1);
  EXPECT_EQ(RescaleHalvesUp(-4, eighth), 0);  // -0.5
}

TEST(QuantActivation, ClampsInTheIntegersOfTheType) {
  const QuantRange none = QuantActivation(kNoActivation, DType::kI8, 0.1F, 5);
  EXPECT_EQ(none.lo, -128);
  EXPECT_EQ(none.hi, 127);
  const QuantRange relu = QuantActivation(kActivationRelu, DType::kI8, 0.1F, 5);
  EXPECT_EQ(relu.lo, 5);
  EXPECT_EQ(relu.hi, 127);
  const QuantRange relu6 = QuantActivation(kActivationRelu6, DType::kU8, 0.1F, 10);
  EXPECT_EQ(relu6.lo, 10);
  EXPECT_EQ(relu6.hi, 70);
  const QuantRange far = QuantActivation(kActivationRelu6, DType::kU8, 1e-30F, 10);
  EXPECT_EQ(far.hi, 255);
  // A zero point outside the type does not turn the range around.
  const QuantRange outside = QuantActivation(kActivationRelu, DType::kI8, 0.1F, 1000);
  EXPECT_LE(outside.lo, outside.hi);
}

TEST(QuantiseReal, StaysInTheTypeWhateverTheScale) {
  const QuantRange i8 = RangeOfDType(DType::kI8);
  EXPECT_EQ(QuantiseReal(0.25F, 0.1F, 0, i8), 3);  // 2.5 rounds away from 0
  EXPECT_EQ(QuantiseReal(-0.25F, 0.1F, 0, i8), -3);
  EXPECT_EQ(QuantiseReal(1e30F, 1e-30F, 0, i8), 127);
  EXPECT_EQ(QuantiseReal(1.0F, 0.0F, 7, i8), 7);
  EXPECT_EQ(QuantiseReal(NAN, 0.1F, 7, i8), 7);
}

}  // namespace
}  // namespace verge::ops
