#include "ops/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace verge::ops {
namespace {

constexpr int kLowest = std::numeric_limits<int16_t>::min();
constexpr int kHighest = std::numeric_limits<int16_t>::max();

double Real(int16_t x, int integer_bits) { return std::ldexp(x, integer_bits - 15); }

TEST(FixedPoint, LogisticIsNearTheFunctionForEveryInput) {
  for (int bits = 0; bits <= 6; ++bits) {
    for (int x = kLowest; x <= kHighest; ++x) {
      const auto raw = static_cast<int16_t>(x);
      const double want = 1 / (1 + std::exp(-Real(raw, bits)));
      ASSERT_NEAR(Real(FixedLogistic(raw, bits), 0), want, 4e-4) << x << " with " << bits << " integer bits";
    }
  }
}

TEST(FixedPoint, TanhIsNearTheFunctionForEveryInput) {
  for (int bits = 0; bits <= 6; ++bits) {
    for (int x = kLowest + 1; x <= kHighest; ++x) {
      const auto raw = static_cast<int16_t>(x);
      ASSERT_NEAR(Real(FixedTanh(raw, bits), 0), std::tanh(Real(raw, bits)), 8e-4)
          << x << " with " << bits << " integer bits";
    }
  }
}

TEST(FixedPoint, FunctionsAreOddWhereTheirDefinitionSaysSo) {
  for (int x = 1; x <= kHighest; ++x) {
    const auto raw = static_cast<int16_t>(x);
    const auto minus = static_cast<int16_t>(-x);
    ASSERT_EQ(FixedTanh(minus, 3), -FixedTanh(raw, 3));
    ASSERT_EQ(FixedLogistic(minus, 3), kHighest - FixedLogistic(raw, 3));
  }
  EXPECT_EQ(FixedTanh(0, 3), 0);
  EXPECT_EQ(FixedLogistic(0, 3), 1 << 14);
}

TEST(FixedPoint, InverseSqrt) {
  for (const int32_t x : {1, 2, 3, 4, 100, 4096, 65535, 1 << 20, (1 << 29) - 1, 1 << 29, 0x7fffffff}) {
    const FixedScale got = FixedInverseSqrt(x);
    const double real = std::ldexp(got.multiplier, got.shift - 31);
    EXPECT_NEAR(real * std::sqrt(x), 1, 2e-6) << x;
  }
}

}  // namespace
}  // namespace verge::ops
