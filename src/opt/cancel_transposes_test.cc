// The passes that undo what a channels-first file brings: the graph before and after as text, and the same results.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ir/evaluate.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "opt/pass.h"

namespace verge::opt {
namespace {

ir::Graph Read(const std::string& text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? std::move(graph).value() : ir::Graph();
}

void ExpectCloseResults(const ir::Graph& before, const ir::Graph& after) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(-2, 2);
  std::vector<ir::BufferPtr> inputs;
  for (const ir::ValueId id : before.inputs) {
    const size_t elems = before.value(id).shape.elems();
    const auto buffer = ir::Buffer::Allocate(elems * sizeof(float));
    for (size_t i = 0; i < elems; ++i) reinterpret_cast<float*>(buffer->mutable_data())[i] = uniform(random);
    inputs.push_back(buffer);
  }
  const auto want = ir::Evaluate(before, inputs);
  const auto got = ir::Evaluate(after, inputs);
  ASSERT_TRUE(want.ok() && got.ok());
  for (size_t o = 0; o < want->size(); ++o) {
    ASSERT_EQ((*want)[o]->size(), (*got)[o]->size());
    for (size_t i = 0; i < (*want)[o]->size() / sizeof(float); ++i) {
      const float a = reinterpret_cast<const float*>((*want)[o]->data())[i];
      const float b = reinterpret_cast<const float*>((*got)[o]->data())[i];
      ASSERT_NEAR(a, b, 1e-5f * std::max(1.0f, std::abs(a))) << "output " << o << ", element " << i;
    }
  }
}

void ExpectPass(Result<PassReport> (*pass)(ir::Graph&), const std::string& before, const std::string& after,
                size_t changes) {
  const ir::Graph original = Read(before);
  ir::Graph graph = original;
  const Result<PassReport> report = pass(graph);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->changes, changes);
  const Status status = ir::Verify(graph);
  ASSERT_TRUE(status.ok()) << status.ToString();
  ir::Compact(graph);
  EXPECT_EQ(ir::Print(graph), ir::Print(Read(after)));
  ExpectCloseResults(original, graph);
  const Result<PassReport> again = pass(graph);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->changes, 0u) << "a second run found something left";
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
  ExpectPass(CancelTransposes, text, text, 0);
}

TEST(FoldBatchNorm, FactorAndOffsetGoIntoTheConvolution) {
  ExpectPass(FoldBatchNorm,
             "input x: f32[1, 3, 3, 1]\n"
             "const w: f32[2, 1, 1, 1] = [1, 3]\n"
             "const s: f32[2] = [2, 4]\n"
             "const o: f32[1, 1, 1, 2] = [5, 6]\n"
             "c = conv2d(x, w)\n"
             "m = mul(c, s)\n"
             "y = add(o, m)\n"
             "output y\n",
             "input x: f32[1, 3, 3, 1]\n"
             "const c.weights7: f32[2, 1, 1, 1] = [2, 12]\n"
             "const c.bias8: f32[2] = [5, 6]\n"
             "y = conv2d(x, c.weights7, c.bias8) \"c\"\n"
             "output y\n",
             2);
}

TEST(FoldBatchNorm, DepthwiseWeightsAreScaledByTheirLastDimension) {
  ExpectPass(FoldBatchNorm,
             "input x: f32[1, 3, 3, 2]\n"
             "const w: f32[1, 1, 2, 2] = [1, 2, 3, 4]\n"
             "const b: f32[2] = [10, 20]\n"
             "const s: f32[2] = [2, 3]\n"
             "c = depthwise_conv2d(x, w, b)\n"
             "y = mul(c, s)\n"
             "output y\n",
             "input x: f32[1, 3, 3, 2]\n"
             "const c.weights6: f32[1, 1, 2, 2] = [2, 6, 6, 12]\n"
             "const c.bias7: f32[2] = [20, 60]\n"
             "y = depthwise_conv2d(x, c.weights6, c.bias7) \"c\"\n"
             "output y\n",
             1);
}

TEST(FoldBatchNorm, LeavesOtherReadersActivationsAndShapesAlone) {
  const std::string head =
      "input x: f32[1, 3, 3, 1]\n"
      "const w: f32[2, 1, 1, 1] = [1, 3]\n"
      "const s: f32[2] = [2, 4]\n";
  const std::string read_twice = head + "c = conv2d(x, w)\nm = mul(c, s)\ny = add(m, c)\noutput y\n";
  ExpectPass(FoldBatchNorm, read_twice, read_twice, 0);
  const std::string clamped = head + "c = conv2d(x, w) {activation=relu}\ny = mul(c, s)\noutput y\n";
  ExpectPass(FoldBatchNorm, clamped, clamped, 0);
  const std::string by_row =
      "input x: f32[1, 3, 3, 1]\nconst w: f32[3, 1, 1, 1] = [1, 3, 5]\nconst s: f32[3, 1] = [2, 4, 8]\n"
      "c = conv2d(x, w)\ny = mul(c, s)\noutput y\n";
  ExpectPass(FoldBatchNorm, by_row, by_row, 0);
}

}  // namespace
}  // namespace verge::opt
