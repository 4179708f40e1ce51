#include <gtest/gtest.h>

#include "parity/compare.h"

namespace verge::parity {
namespace {

TEST(ParityList, ClassesHaveTheirBounds) {
  const auto rows = ParseList(
      "# comment\n"
      "a/b float\n"
      "c deep # why\n"
      "\n"
      "d int8 off=0.01 step=0.5\n"
      "e pending needs LSTM\n");
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_EQ(rows->size(), 4U);
  EXPECT_EQ((*rows)[0].model, "a/b");
  EXPECT_EQ((*rows)[0].tolerance, 1e-4);
  EXPECT_EQ((*rows)[0].most_off, 0.0);
  EXPECT_EQ((*rows)[1].tolerance, 1e-3);
  EXPECT_EQ((*rows)[2].most_off, 0.01);
  EXPECT_EQ((*rows)[2].step, 0.5);
  EXPECT_EQ((*rows)[3].reason, "needs LSTM");
}

TEST(ParityList, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"a\n", "a int9\n", "a int8 of=1\n", "a int8 off=x\n", "a int8 off=-1\n", "a pending\n", "a float\na float\n"}) {
    EXPECT_EQ(ParseList(text).code(), StatusCode::kInvalidArgument) << text;
  }
}

Row RowOf(const char* text) { return ParseList(text).value()[0]; }

TEST(ParityCompare, CountsSteps) {
  int8_t want[] = {1, 2, 3, 4};
  int8_t got[] = {1, 3, 3, 4};
  const Tensor w{{DType::kI8, {4}, {}}, want};
  const Tensor g{{DType::kI8, {4}, {}}, got};
  const Row strict = RowOf("m int8"), loose = RowOf("m int8 off=0.25");
  Difference d;
  Compare(strict, w, g, d);
  EXPECT_EQ(d.off, 1U);
  EXPECT_EQ(d.wrong, 0U);
  EXPECT_FALSE(Passes(strict, d));
  EXPECT_TRUE(Passes(loose, d));
  got[1] = 4;
  Difference two;
  Compare(loose, w, g, two);
  EXPECT_EQ(two.wrong, 1U);
  EXPECT_FALSE(Passes(loose, two)) << "two steps are never right";
}

TEST(ParityCompare, FloatsAreMeasuredByTheLargest) {
  float want[] = {100, 1};
  float got[] = {100, 1.009F};
  const Tensor w{{DType::kF32, {2}, {}}, want};
  const Tensor g{{DType::kF32, {2}, {}}, got};
  const Row row = RowOf("m float");
  Difference d;
  Compare(row, w, g, d);
  EXPECT_TRUE(Passes(row, d));
  got[1] = 1.02F;
  Difference far;
  Compare(row, w, g, far);
  EXPECT_FALSE(Passes(row, far));
  EXPECT_NEAR(far.worst, 2e-4, 1e-6);
}

TEST(ParityCompare, ZerosAndOtherShapesProveNothing) {
  float zeros[] = {0, 0};
  const Tensor two{{DType::kF32, {2}, {}}, zeros};
  const Tensor one{{DType::kF32, {1}, {}}, zeros};
  const Row row = RowOf("m float");
  Difference d;
  Compare(row, two, two, d);
  EXPECT_FALSE(Passes(row, d));
  EXPECT_TRUE(Passes(RowOf("m float zeros"), d));
  Difference other;
  Compare(row, two, one, other);
  EXPECT_NE(other.mismatch, "");
  EXPECT_FALSE(Passes(row, other));
}

}  // namespace
}  // namespace verge::parity
