#include "base/checked.h"

#include <gtest/gtest.h>

#include <limits>

namespace verge {
namespace {

constexpr size_t kMax = std::numeric_limits<size_t>::max();

TEST(Checked, ReportsOverflow) {
  EXPECT_EQ(CheckedAdd<size_t>(2, 3), 5u);
  EXPECT_FALSE(CheckedAdd<size_t>(kMax, 1));
  EXPECT_EQ(CheckedMul<size_t>(6, 7), 42u);
  EXPECT_FALSE(CheckedMul<size_t>(kMax / 2, 3));
  EXPECT_EQ(CheckedAlignUp(65, 64), 128u);
  EXPECT_FALSE(CheckedAlignUp(kMax - 3, 64));
}

TEST(Checked, RangeFitsNeverWraps) {
  EXPECT_TRUE(RangeFits(4, 4, 8));
  EXPECT_FALSE(RangeFits(5, 4, 8));
  EXPECT_FALSE(RangeFits(std::numeric_limits<uint64_t>::max(), 2, 8));
}

}  // namespace
}  // namespace verge
