#include "compile/fit.h"

#include <gtest/gtest.h>

#include <functional>

namespace verge::compile {
namespace {

const Series kN = {1, 2, 3, 4, 6, 9, 17, 33, 64};
const Series kM = {7, 5, 9, 1, 2, 8, 3, 40, 12};

std::optional<format::Expression> Fit(const std::function<int64_t(int64_t n, int64_t m)>& f) {
  Series target;
  for (size_t i = 0; i < kN.size(); ++i) target.push_back(f(kN[i], kM[i]));
  const std::vector<Candidate> candidates = {{{0, 0}, kN}, {{1, 2}, kM}, {{2, 0}, Series(kN.size(), 5)}};
  return FitExpression(target, candidates);
}

TEST(FitExpression, FindsWhatShapesAreMadeOf) {
  const auto same = Fit([](int64_t n, int64_t) { return n; });
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->dims.size(), 1U);
  const auto affine = Fit([](int64_t, int64_t m) { return 3 * m + 7; });
  ASSERT_TRUE(affine.has_value());
  EXPECT_EQ(affine->factor, 3);
  EXPECT_EQ(affine->offset, 7);
  EXPECT_EQ(affine->dims[0].value, 1U);
  const auto halved = Fit([](int64_t n, int64_t) { return (n - 1) / 2 + 1; });
  ASSERT_TRUE(halved.has_value());
  EXPECT_EQ(halved->divisor, 2);
  EXPECT_EQ(halved->offset, 1);
  const auto area = Fit([](int64_t n, int64_t m) { return 4 * n * m; });
  ASSERT_TRUE(area.has_value());
  EXPECT_EQ(area->dims.size(), 2U);
  EXPECT_EQ(area->factor, 4);
}

TEST(FitExpression, InventsNothing) {
  EXPECT_FALSE(Fit([](int64_t n, int64_t) { return std::min<int64_t>(n, 20); }).has_value());
  EXPECT_FALSE(Fit([](int64_t n, int64_t) { return n * n % 11; }).has_value());
}

}  // namespace
}  // namespace verge::compile
