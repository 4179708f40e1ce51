// QDQ graphs in integers: which nodes are left, and that results are at most a step away.
#include "opt/use_integers.h"

#include <set>

#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::Disagreement;
using testing::Read;

constexpr const char* kInput =
    "input x: f32[1, 4, 4, 2]\n"
    "q: i8[1, 4, 4, 2] quant(scales=[0.02], zero_points=[3], axis=0) = quantize(x)\nd = dequantize(q)\n";
constexpr const char* kOutput =
    "z: i8[1, 4, 4, 2] quant(scales=[0.05], zero_points=[-5], axis=0) = quantize(y)\nr = dequantize(z)\noutput r\n";

std::multiset<std::string> OpsOf(const ir::Graph& graph) {
  std::multiset<std::string> names;
  for (const ir::Node& node : graph.nodes) names.insert(ops::GetOp(node.op).name);
  return names;
}

// After the pass these ops are left, and results are at most about a step of 0.05 away in outputs of about 4.
void ExpectIntegers(const std::string& text, const std::multiset<std::string>& left, float tolerance = 0.06f) {
  const ir::Graph before = Read(text);
  ir::Graph after = before;
  const Result<PassReport> report = UseIntegers(after);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  const Status status = ir::Verify(after);
  ASSERT_TRUE(status.ok()) << status.ToString();
  ir::Compact(after);
  EXPECT_EQ(OpsOf(after), left) << ir::Print(after);
  EXPECT_EQ(Disagreement(before, after, 3, tolerance), "");
  const Result<PassReport> again = UseIntegers(after);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->changes, 0u);
}

TEST(UseIntegers, Convolution) {
  ExpectIntegers(std::string("const w: f32[2, 1, 1, 2] = [0.25, -0.5, 1.27, 0.01]\nconst b: f32[2] = [0.5, -0.25]\n") +
                     kInput + "y = conv2d(d, w, b) {activation=relu}\n" + kOutput,
                 {"conv2d", "dequantize", "quantize"});
}

TEST(UseIntegers, DepthwiseConvolutionHasAStepForEachChannel) {
  ExpectIntegers(std::string("const w: f32[1, 1, 2, 2] = [0.25, 0.9, -0.5, 0.3]\n") + kInput +
                     "y = depthwise_conv2d(d, w) {pad_right=1}\n" + kOutput,
                 {"depthwise_conv2d", "dequantize", "quantize"});
}

TEST(UseIntegers, FullyConnectedOfUnsignedBytes) {
  ExpectIntegers(
      "input x: f32[3, 4]\nconst w: f32[2, 4] = [0.25, -0.5, 0.75, 1, -1, 0.5, 0, 0.25]\n"
      "q: u8[3, 4] quant(scales=[0.02], zero_points=[120], axis=0) = quantize(x) {dtype=u8}\nd = dequantize(q)\n"
      "y = fully_connected(d, w)\n"
      "z: u8[3, 2] quant(scales=[0.05], zero_points=[128], axis=0) = quantize(y) {dtype=u8}\nr = dequantize(z)\n"
      "output r\n",
      {"dequantize", "fully_connected", "quantize"});
}

TEST(UseIntegers, SumsAndMovesOfNumbers) {
  ExpectIntegers(std::string(kInput) +
                     "y = add(d, d) {activation=relu}\n"
                     "z: i8[1, 4, 4, 2] quant(scales=[0.05], zero_points=[-5], axis=0) = quantize(y)\n"
                     "e = dequantize(z)\np = max_pool2d(e) {filter_h=2, filter_w=2}\n"
                     "v: i8[1, 3, 3, 2] quant(scales=[0.05], zero_points=[-5], axis=0) = quantize(p)\n"
                     "r = dequantize(v)\noutput r\n",
                 {"add", "dequantize", "max_pool2d", "quantize"});
}

TEST(UseIntegers, WeightsOnNoGridStayReal) {
  ExpectIntegers(
      std::string("const w: f32[2, 1, 1, 2] = [0.25, 0.2511, 1, 0.5]\n") + kInput + "y = conv2d(d, w)\n" + kOutput,
      {"conv2d", "dequantize", "dequantize", "quantize", "quantize"}, 0);
}

TEST(UseIntegers, WhatSomebodyElseReadsStaysReal) {
  ExpectIntegers(std::string("const w: f32[2, 1, 1, 2] = [0.25, -0.5, 1.27, 0.01]\n") + kInput +
                     "y = conv2d(d, w)\noutput y\n" + kOutput,
                 {"conv2d", "dequantize", "dequantize", "quantize", "quantize"}, 0);
}

TEST(UseIntegers, OtherStepsThanThePoolsStayReal) {
  ExpectIntegers(std::string(kInput) + "y = max_pool2d(d)\n" + kOutput,
                 {"dequantize", "dequantize", "max_pool2d", "quantize", "quantize"}, 0);
}

}  // namespace
}  // namespace verge::opt
