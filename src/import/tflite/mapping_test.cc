#include "import/tflite/mapping.h"

#include <gtest/gtest.h>

#include "ops/activation.h"
#include "ops/rule_checks.h"

namespace verge::tflite {
namespace {

// SAME gives ceil(in / stride) outputs, and the odd element of padding lies at the end.
TEST(MapPadding, SameMakesTheOutputLong) {
  for (int64_t in = 1; in <= 20; ++in) {
    for (const int64_t kernel : {1, 2, 3, 5}) {
      for (const int64_t stride : {1, 2, 3}) {
        for (const int64_t dilation : {1, 2}) {
          const Result<Padding1d> pad = MapPadding(schema::Padding::SAME, in, kernel, stride, dilation);
          ASSERT_TRUE(pad.ok());
          EXPECT_GE(pad->after, pad->before);
          EXPECT_LE(pad->after - pad->before, 1);
          const auto out = ops::WindowOutput("x", {in, kernel, stride, dilation, pad->before, pad->after});
          ASSERT_TRUE(out.ok());
          EXPECT_EQ(*out, (in + stride - 1) / stride) << in << " " << kernel << " " << stride << " " << dilation;
        }
      }
    }
  }
}

TEST(MapPadding, KnownValues) {
  const auto pad = [](int64_t in, int64_t kernel, int64_t stride) {
    const Padding1d p = MapPadding(schema::Padding::SAME, in, kernel, stride, 1).value();
    return std::pair(p.before, p.after);
  };
  EXPECT_EQ(pad(300, 3, 2), std::pair(int64_t{0}, int64_t{1}));
  EXPECT_EQ(pad(75, 3, 2), std::pair(int64_t{1}, int64_t{1}));
  EXPECT_EQ(pad(128, 5, 2), std::pair(int64_t{1}, int64_t{2}));
  EXPECT_EQ(pad(5, 1, 2), std::pair(int64_t{0}, int64_t{0}));
  const Padding1d valid = MapPadding(schema::Padding::VALID, 300, 3, 2, 1).value();
  EXPECT_EQ(valid.before + valid.after, 0);
}

TEST(MapPadding, RefusesNonsense) {
  EXPECT_FALSE(MapPadding(schema::Padding::SAME, 5, 3, 0, 1).ok());
  EXPECT_FALSE(MapPadding(schema::Padding::SAME, 5, 3, 1, -1).ok());
  EXPECT_FALSE(MapPadding(schema::Padding::VALID, 5, 0, 1, 1).ok());
  EXPECT_FALSE(MapPadding(schema::Padding::VALID, 5, INT64_MAX, 1, 1).ok());
  EXPECT_FALSE(MapPadding(static_cast<schema::Padding>(7), 5, 3, 1, 1).ok());
}

TEST(MapActivation, KnowsWhatClamps) {
  EXPECT_EQ(MapActivation(schema::ActivationFunctionType::NONE).value(), 0);
  EXPECT_EQ(MapActivation(schema::ActivationFunctionType::RELU).value(), 1);
  EXPECT_EQ(MapActivation(schema::ActivationFunctionType::RELU6).value(), 2);
  EXPECT_EQ(MapActivation(schema::ActivationFunctionType::RELU_N1_TO_1).value(), ops::kActivationReluN1To1);
  // Nodes of their own, see TrailingActivation.
  EXPECT_EQ(MapActivation(schema::ActivationFunctionType::SIGN_BIT).value(), ops::kNoActivation);
  EXPECT_EQ(MapActivation(schema::ActivationFunctionType::TANH).value(), ops::kNoActivation);
  EXPECT_EQ(MapActivation(static_cast<schema::ActivationFunctionType>(99)).code(), StatusCode::kUnsupported);
}

TEST(Mappings, EachBuiltinBelongsToOneOp) {
  ASSERT_EQ(AllMappings().size(), MappedOps().size());
  std::vector<schema::BuiltinOperator> seen;
  for (const auto* rows : AllMappings()) {
    ASSERT_FALSE(rows->empty());
    for (const Mapping& mapping : *rows) {
      EXPECT_EQ(std::count(seen.begin(), seen.end(), mapping.code), 0) << schema::EnumNameBuiltinOperator(mapping.code);
      seen.push_back(mapping.code);
    }
  }
}

}  // namespace
}  // namespace verge::tflite
