// Transposes that a channels-first file brings: the graph before and after as text, and the same results.
#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::ExpectNoChange;
using testing::ExpectPass;
using testing::Read;

void ExpectCloseResults(const ir::Graph& before, const ir::Graph& after) {
  EXPECT_EQ(testing::Disagreement(before, after, 11, 1e-5f), "");
}

TEST(CancelTransposes, TwoThatAreInverseGo) {
  ExpectPass(CancelTransposes,
             "input x: f32[1, 2, 3, 4]\n"
             "a = transpose(x) {perm=[0, 3, 1, 2]}\n"
             "b = transpose(a) {perm=[0, 2, 3, 1]}\n"
             "y = relu(b)\n"
             "output y\n",
             "input x: f32[1, 2, 3, 4]\n"
             "y = relu(x)\n"
             "output y\n",
             2);
}

TEST(CancelTransposes, OnesMoveThroughElementwiseOpsAndConstants) {
  ExpectPass(CancelTransposes,
             "input x: f32[1, 2, 3, 4]\n"
             "const c: f32[4, 1, 1] = [1, 2, 3, 4]\n"
             "a = transpose(x) {perm=[0, 3, 1, 2]}\n"
             "b = relu(a)\n"
             "d = mul(b, c)\n"
             "e = add(d, a)\n"
             "f = transpose(e) {perm=[0, 2, 3, 1]}\n"
             "y = relu(f)\n"
             "output y\n",
             "input x: f32[1, 2, 3, 4]\n"
             "const c.moved: f32[4] = [1, 2, 3, 4]\n"
             "b.moved = relu(x) \"b\"\n"
             "d.moved = mul(b.moved, c.moved) \"d\"\n"
             "e.moved = add(d.moved, x) \"e\"\n"
             "y = relu(e.moved)\n"
             "output y\n",
             2);
}

TEST(CancelTransposes, OnesMoveThroughQuantisationOfWholeTensors) {
  const std::string quant = "i8[1, 2, 3, 4] quant(scales=[0.5], zero_points=[1], axis=0)";
  ExpectPass(CancelTransposes,
             "input x: f32[1, 2, 3, 4]\n"
             "a = transpose(x) {perm=[0, 3, 1, 2]}\n"
             "q: i8[1, 4, 2, 3] quant(scales=[0.5], zero_points=[1], axis=0) = quantize(a)\n"
             "d = dequantize(q)\n"
             "y = transpose(d) {perm=[0, 2, 3, 1]}\n"
             "z = relu(y)\n"
             "output z\n",
             "input x: f32[1, 2, 3, 4]\n"
             "q.moved: " +
                 quant +
                 " = quantize(x) \"q\"\n"
                 "d.moved = dequantize(q.moved) \"d\"\n"
                 "z = relu(d.moved)\n"
                 "output z\n",
             2, 0);
}

TEST(CancelTransposes, AxesFollow) {
  const ir::Graph before = Read(
      "input x: f32[1, 4, 6, 2]\n"
      "a = transpose(x) {perm=[0, 3, 1, 2]}\n"
      "b = concat(a, a) {axis=1}\n"
      "c = slice(b) {starts=[0, 1, 0, 2], sizes=[1, 2, 4, 3], steps=[1, 1, 1, 1]}\n"
      "p = pad_mode(c) {mode=edge, before=[0, 0, 1, 2], after=[0, 0, 0, 1]}\n"
      "s = softmax(p) {axis=1}\n"
      "m = reduce(s) {kind=mean, axes=[2], keep_dims=false}\n"
      "t = transpose(m) {perm=[0, 2, 1]}\n"
      "y = relu(t)\n"
      "output y\n");
  ir::Graph graph = before;
  ASSERT_TRUE(CancelTransposes(graph).ok());
  ASSERT_TRUE(ir::Verify(graph).ok());
  EXPECT_EQ(ir::Print(graph).find("transpose("), std::string::npos) << ir::Print(graph);
  ExpectCloseResults(before, graph);
}

TEST(CancelTransposes, ChannelShuffleKeepsOneTransposeOfItsOwn) {
  const ir::Graph before = Read(
      "input x: f32[1, 3, 5, 6]\n"
      "a = transpose(x) {perm=[0, 3, 1, 2]}\n"
      "b = reshape(a) {shape=[1, 2, 3, 3, 5]}\n"
      "c = transpose(b) {perm=[0, 2, 1, 3, 4]}\n"
      "d = reshape(c) {shape=[1, 6, 3, 5]}\n"
      "e = transpose(d) {perm=[0, 2, 3, 1]}\n"
      "y = relu(e)\n"
      "output y\n");
  ir::Graph graph = before;
  const Result<PassReport> report = CancelTransposes(graph);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changes, 2u);
  ASSERT_TRUE(ir::Verify(graph).ok());
  ExpectCloseResults(before, graph);
}

TEST(CancelTransposes, ReshapeThatNeedsTheOrderGetsIt) {
  const ir::Graph before = Read(
      "input x: f32[1, 2, 3, 4]\n"
      "a = transpose(x) {perm=[0, 3, 1, 2]}\n"
      "r = relu(a)\n"
      "y = reshape(r) {shape=[1, 24]}\n"
      "output y\n");
  ir::Graph graph = before;
  ASSERT_TRUE(CancelTransposes(graph).ok());
  ASSERT_TRUE(ir::Verify(graph).ok());
  ExpectCloseResults(before, graph);
}

TEST(CancelTransposes, ViewOfOneElementDimensionsIsAReshape) {
  ExpectPass(CancelTransposes,
             "input x: f32[1, 1, 1, 4]\n"
             "y = transpose(x) {perm=[0, 3, 1, 2]}\n"
             "output y\n",
             "input x: f32[1, 1, 1, 4]\n"
             "y = reshape(x) {shape=[1, 4, 1, 1]} \"y.transpose\"\n"
             "output y\n",
             1);
}

TEST(CancelTransposes, WhatCannotGetBetterStays) {
  const std::string text =
      "input x: f32[1, 2, 3, 4]\n"
      "a = transpose(x) {perm=[0, 3, 1, 2]}\n"
      "y = relu(a)\n"
      "output y\n";
  ExpectNoChange(CancelTransposes, text);
}

}  // namespace
}  // namespace verge::opt
