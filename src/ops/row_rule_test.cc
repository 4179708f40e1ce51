#include "ops/row_rule.h"

#include <gtest/gtest.h>

#include <array>

#include "ops/conv2d/conv2d.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/op_ids.h"

namespace verge::ops {
namespace {

TensorType F32(Shape shape) { return {DType::kF32, shape, {}}; }

OpAttrs Depthwise(int64_t stride, int64_t pad, int64_t dilation = 1) {
  OpAttrs attrs;
  kDepthwiseConv2dOp.init_attrs(attrs);
  auto& a = attrs.As<DepthwiseConv2dAttrs>();
  a.stride_h = stride;
  a.pad_top = a.pad_bottom = pad;
  a.dilation_h = dilation;
  return attrs;
}

std::optional<RowRule> DepthwiseRule(const OpAttrs& attrs, int64_t in_rows, int64_t out_rows) {
  const std::array inputs{F32({1, in_rows, 7, 8}), F32({1, 3, 3, 8})};
  return RowRuleOf(ids::kDepthwiseConv2d, attrs, inputs, 0, F32({1, out_rows, 5, 8}));
}

TEST(RowRule, RowsReadAreThoseOfTheWindowInsideTheImage) {
  const std::optional<RowRule> rule = DepthwiseRule(Depthwise(2, 1), 10, 5);
  ASSERT_TRUE(rule.has_value());
  EXPECT_EQ(RowsRead(*rule, {0, 1}, 10).begin, 0);  // -1 is padding
  EXPECT_EQ(RowsRead(*rule, {0, 1}, 10).end, 2);
  EXPECT_EQ(RowsRead(*rule, {2, 4}, 10).begin, 3);
  EXPECT_EQ(RowsRead(*rule, {2, 4}, 10).end, 8);
  EXPECT_EQ(RowsRead(*rule, {4, 5}, 10).end, 10);
  const std::optional<RowRule> dilated = DepthwiseRule(Depthwise(1, 2, 2), 10, 10);
  ASSERT_TRUE(dilated.has_value());
  EXPECT_EQ(RowsRead(*dilated, {5, 6}, 10).begin, 3);
  EXPECT_EQ(RowsRead(*dilated, {5, 6}, 10).end, 8);
}

TEST(RowRule, PaddingOfASliceIsWhatItSeesAboveTheImage) {
  OpAttrs attrs = Depthwise(1, 3, 2);
  const std::optional<RowRule> rule = DepthwiseRule(attrs, 10, 12);
  ASSERT_TRUE(rule.has_value());
  SetRowPadding(ids::kDepthwiseConv2d, *rule, {0, 4}, attrs);
  EXPECT_EQ(attrs.As<DepthwiseConv2dAttrs>().pad_top, 3);
  SetRowPadding(ids::kDepthwiseConv2d, *rule, {2, 4}, attrs);
  EXPECT_EQ(attrs.As<DepthwiseConv2dAttrs>().pad_top, 1);
  SetRowPadding(ids::kDepthwiseConv2d, *rule, {5, 6}, attrs);
  EXPECT_EQ(attrs.As<DepthwiseConv2dAttrs>().pad_top, 0);
}

TEST(RowRule, RowsThatSeeNothingHaveNoRule) {
  EXPECT_FALSE(DepthwiseRule(Depthwise(1, 3), 10, 14).has_value());  // the first row is all padding
  EXPECT_TRUE(DepthwiseRule(Depthwise(1, 2), 10, 12).has_value());
  EXPECT_FALSE(DepthwiseRule(Depthwise(1, 0), 10, 12).has_value());  // the last two are below
}

TEST(RowRule, WholeImageFormsHaveNone) {
  OpAttrs attrs;
  kConv2dOp.init_attrs(attrs);
  TensorType bytes{DType::kI8, {4, 1, 1, 8}, {}};
  const std::array hybrid{F32({1, 6, 6, 8}), bytes};
  EXPECT_FALSE(RowRuleOf(ids::kConv2d, attrs, hybrid, 0, F32({1, 6, 6, 4})).has_value());
  const std::array plain{F32({1, 6, 6, 8}), F32({4, 1, 1, 8})};
  EXPECT_TRUE(RowRuleOf(ids::kConv2d, attrs, plain, 0, F32({1, 6, 6, 4})).has_value());
  EXPECT_FALSE(RowRuleOf(ids::kConv2d, attrs, plain, 1, F32({1, 6, 6, 4})).has_value());
  const std::array batch{F32({2, 6, 6, 8}), F32({4, 1, 1, 8})};
  EXPECT_FALSE(RowRuleOf(ids::kConv2d, attrs, batch, 0, F32({2, 6, 6, 4})).has_value());
  const std::array three{F32({1, 6, 6, 8}), F32({4, 3, 3, 8})};  // products of several rows, no stride
  EXPECT_FALSE(RowRuleOf(ids::kConv2d, attrs, three, 0, F32({1, 4, 4, 4})).has_value());
}

TEST(RowRule, ElementwiseOpsTakeRowsOfWhatIsNotBroadcastOverThem) {
  const std::array sum{F32({1, 6, 6, 8}), F32({8})};
  OpAttrs attrs;
  EXPECT_TRUE(RowRuleOf(ids::kAdd, attrs, sum, 0, F32({1, 6, 6, 8})).has_value());
  EXPECT_FALSE(RowRuleOf(ids::kAdd, attrs, sum, 1, F32({1, 6, 6, 8})).has_value());
  EXPECT_TRUE(HasRowsOf({1, 6, 6, 8}, {1, 6, 6, 8}));
  EXPECT_TRUE(HasRowsOf({6, 1, 8}, {1, 6, 6, 8}));
  EXPECT_FALSE(HasRowsOf({1, 1, 6, 8}, {1, 6, 6, 8}));
  EXPECT_FALSE(HasRowsOf({8}, {1, 6, 6, 8}));
}

}  // namespace
}  // namespace verge::ops
