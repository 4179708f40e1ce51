// The published suites, all of them: every case passes, or is listed with its reason in tests/conformance.
#include "conformance/onnx_suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "conformance/compare.h"

namespace verge::conformance {
namespace {

std::string Slurp(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(OnnxSuite, EveryCasePassesOrIsListed) {
  const auto exclusions = ParseExclusions(Slurp(VERGE_SOURCE_DIR "/tests/conformance/onnx_exclusions.txt"));
  ASSERT_TRUE(exclusions.ok()) << exclusions.status().ToString();
  const auto summary = RunOnnxSuite("/usr/share/libonnx-testdata/data", {"", *exclusions, 0});
  ASSERT_TRUE(summary.ok()) << summary.status().ToString();
  EXPECT_GT(summary->cases.size(), 1000u);
  for (const CaseResult& result : summary->cases) {
    EXPECT_NE(result.outcome, Outcome::kFailed) << result.suite << "/" << result.name << ": " << result.message;
  }
}

TEST(OnnxSuite, ListedCaseThatPassesIsAFailure) {
  const auto summary =
      RunOnnxSuite("/usr/share/libonnx-testdata/data/node/test_abs", {"", {{"test_abs", "no reason"}}, 0});
  ASSERT_TRUE(summary.ok()) << summary.status().ToString();
  EXPECT_EQ(summary->failed, 1u);
  EXPECT_EQ(summary->passed, 0u);
}

TEST(OnnxSuite, FolderWithoutCasesIsAnError) {
  EXPECT_EQ(RunOnnxSuite("/usr/share/libonnx-testdata/data/real", {}).code(), StatusCode::kNotFound);
}

TEST(Compare, ShareOfTheLargestValueIsAllowedWhenAsked) {
  const float want[] = {100, 0.001f};
  const float got[] = {100, 0.002f};
  const onnx::TensorData data{"y", DType::kF32, {2}, ir::Buffer::CopyOf(want, sizeof want)};
  const TensorType type{DType::kF32, {2}, {}};
  const auto buffer = ir::Buffer::CopyOf(got, sizeof got);
  EXPECT_FALSE(CompareTensor(data, type, *buffer).ok());
  EXPECT_TRUE(CompareTensor(data, type, *buffer, 1e-4).ok());
  EXPECT_FALSE(CompareTensor(data, type, *buffer, 1e-6).ok());
}

TEST(Exclusions, WantNameAndReason) {
  const auto good = ParseExclusions("# heading\n\ntest_a strings\n");
  ASSERT_TRUE(good.ok());
  EXPECT_THAT(*good, testing::ElementsAre(testing::Pair("test_a", "strings")));
  EXPECT_FALSE(ParseExclusions("test_a\n").ok());
  EXPECT_FALSE(ParseExclusions("test_a x\ntest_a y\n").ok());
}

}  // namespace
}  // namespace verge::conformance
