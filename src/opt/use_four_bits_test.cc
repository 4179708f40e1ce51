#include "opt/use_four_bits.h"

#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::Disagreement;
using testing::Read;

// A layer of n outputs and 96 inputs whose weights repeat, written as text.
std::string Layer(int n, const char* attrs, const char* bias) {
  std::string text = "input x: f32[3, 96]\nconst w: f32[" + std::to_string(n) + ", 96] = [";
  for (int i = 0; i < n * 96; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(0.001 * (i * 37 % 211 - 105));
  }
  return text + "]\nconst b: f32[" + std::to_string(n) + "] = " + bias + "\ny = fully_connected(x, w, b)" + attrs +
         "\noutput y\n";
}

TEST(UseFourBits, LargeLayersComeOutNearTheirResults) {
  const ir::Graph before = Read(Layer(48, " {activation=relu}", "fill(0.25)"));
  ir::Graph after = before;
  const Result<PassReport> report = UseFourBits(after);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->changes, 1U);
  const Status status = ir::Verify(after);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(ops::GetOp(after.nodes[0].op).name, std::string("fully_connected_4bit"));
  // 96 weights of up to 0.105, each off by up to a hundredth, times inputs of up to 1.
  EXPECT_EQ(Disagreement(before, after, 5, 0.2f), "");
  const Result<PassReport> again = UseFourBits(after);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->changes, 0U);
}

TEST(UseFourBits, SmallLayersStay) {
  ir::Graph graph = Read(Layer(4, "", "fill(0)"));
  const Result<PassReport> report = UseFourBits(graph);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changes, 0U);
}

// Weights that 4 bits hold exactly stay the same numbers.
TEST(UseFourBits, WeightsOnTheGridAreExact) {
  std::string text = "input x: f32[2, 64]\nconst w: f32[64, 64] = [";
  for (int i = 0; i < 64 * 64; ++i) {
    const int step = i % 32 == 0 ? -8 : i * 7 % 16 - 8;
    text += (i == 0 ? "" : ", ") + std::to_string(0.125 * step);
  }
  const ir::Graph before = Read(text + "]\ny = fully_connected(x, w)\noutput y\n");
  ir::Graph after = before;
  ASSERT_TRUE(UseFourBits(after).ok());
  EXPECT_EQ(ops::GetOp(after.nodes[0].op).name, std::string("fully_connected_4bit"));
  EXPECT_EQ(Disagreement(before, after, 5, 1e-5f), "");
}

}  // namespace
}  // namespace verge::opt
