// Each pass: the graph before and after as text; and that the optimised graph computes the same.
#include "opt/pass.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "ir/evaluate.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace verge::opt {
namespace {

ir::Graph Read(const std::string& text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? std::move(graph).value() : ir::Graph();
}

std::vector<ir::BufferPtr> RandomInputs(const ir::Graph& graph) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-4, 4);
  std::vector<ir::BufferPtr> inputs;
  for (const ir::ValueId id : graph.inputs) {
    const size_t elems = graph.value(id).shape.elems();
    const auto buffer = ir::Buffer::Allocate(elems * sizeof(float));
    for (size_t i = 0; i < elems; ++i) reinterpret_cast<float*>(buffer->mutable_data())[i] = uniform(random);
    inputs.push_back(buffer);
  }
  return inputs;
}

// Both graphs give the same bytes for the same random inputs.
void ExpectSameResults(const ir::Graph& before, const ir::Graph& after) {
  const std::vector<ir::BufferPtr> inputs = RandomInputs(before);
  const auto want = ir::Evaluate(before, inputs);
  const auto got = ir::Evaluate(after, inputs);
  ASSERT_TRUE(want.ok() && got.ok());
  ASSERT_EQ(want->size(), got->size());
  for (size_t i = 0; i < want->size(); ++i) {
    ASSERT_EQ((*want)[i]->size(), (*got)[i]->size());
    EXPECT_EQ(std::memcmp((*want)[i]->data(), (*got)[i]->data(), (*want)[i]->size()), 0) << "output " << i;
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
  EXPECT_TRUE(status.ok()) << status.ToString();
  ir::Graph compact = graph;
  ir::Compact(compact);
  EXPECT_EQ(ir::Print(compact), ir::Print(Read(after)));
  ExpectSameResults(original, graph);
  const Result<PassReport> again = pass(graph);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->changes, 0u) << "a second run found something left";
}

TEST(FoldConstants, ComputesWhatIsKnown) {
  ExpectPass(FoldConstants,
             "input x: f32[2]\n"
             "const h: f16[2] = [1.5, -2]\n"
             "const c: f32[2] = [1, 1]\n"
             "w = dequantize(h)\n"
             "s = add(w, c)\n"
             "y = add(x, s)\n"
             "output y\n",
             "input x: f32[2]\n"
             "const s: f32[2] = [2.5, -1]\n"
             "y = add(x, s)\n"
             "output y\n",
             2);
}

TEST(FoldConstants, KeepsAConstantThatIsAnOutput) {
  ExpectPass(FoldConstants, "const c: f32[1] = [-3]\ny = relu(c)\noutput y\n", "const y: f32[1] = [0]\noutput y\n", 1);
}

TEST(RemoveDead, TakesWholeChains) {
  ExpectPass(RemoveDead,
             "input x: f32[2]\n"
             "a = relu(x)\n"
             "b = relu6(a)\n"
             "y = logistic(x)\n"
             "output y\n",
             "input x: f32[2]\ny = logistic(x)\noutput y\n", 2);
}

TEST(FoldPad, MovesTheBorderIntoTheConvolution) {
  ExpectPass(
      [](ir::Graph& graph) -> Result<PassReport> {
        Result<PassReport> report = FoldPad(graph);
        if (report.ok() && report->changes > 0) VERGE_TRY(RemoveDead(graph).status());
        return report;
      },
      "input x: f32[1, 5, 6, 2]\n"
      "const w: f32[3, 3, 3, 2] = fill(0.5)\n"
      "const d: f32[1, 3, 3, 3] = fill(0.25)\n"
      "p = pad(x) {before=[0, 0, 1, 0], after=[0, 1, 1, 0]}\n"
      "c = conv2d(p, w) {stride_h=2, stride_w=2}\n"
      "q = pad(c) {before=[0, 1, 1, 0], after=[0, 1, 1, 0]}\n"
      "y = depthwise_conv2d(q, d) {pad_top=1}\n"
      "output y\n",
      "input x: f32[1, 5, 6, 2]\n"
      "const w: f32[3, 3, 3, 2] = fill(0.5)\n"
      "const d: f32[1, 3, 3, 3] = fill(0.25)\n"
      "c = conv2d(x, w) {stride_h=2, stride_w=2, pad_bottom=1, pad_left=1, pad_right=1}\n"
      "y = depthwise_conv2d(c, d) {pad_top=2, pad_bottom=1, pad_left=1, pad_right=1}\n"
      "output y\n",
      2);
}

TEST(FoldPad, LeavesOtherBordersAlone) {
  const std::string head = "input x: f32[1, 4, 4, 2]\nconst w: f32[3, 3, 3, 2] = fill(0.5)\n";
  const std::string conv = "y = conv2d(p, w)\noutput y\n";
  const std::string value = head + "p = pad(x) {before=[0, 1, 1, 0], after=[0, 0, 0, 0], value=1}\n" + conv;
  ExpectPass(FoldPad, value, value, 0);
  const std::string batch = head + "p = pad(x) {before=[1, 1, 1, 0], after=[0, 0, 0, 0]}\n" + conv;
  ExpectPass(FoldPad, batch, batch, 0);
  const std::string read_twice =
      head + "p = pad(x) {before=[0, 1, 1, 0], after=[0, 0, 0, 0]}\nr = relu(p)\n" + conv + "output r\n";
  ExpectPass(FoldPad, read_twice, read_twice, 0);
  const std::string output = head + "p = pad(x) {before=[0, 1, 1, 0], after=[0, 0, 0, 0]}\n" + conv + "output p\n";
  ExpectPass(FoldPad, output, output, 0);
}

TEST(FuseActivation, MovesReluIntoConvolutionAndSum) {
  ExpectPass(FuseActivation,
             "input x: f32[1, 4, 4, 2]\n"
             "const w: f32[2, 1, 1, 2] = [1, -1, 0.5, 2]\n"
             "c = conv2d(x, w)\n"
             "r = relu6(c)\n"
             "s = add(r, x)\n"
             "y = relu(s)\n"
             "output y\n",
             "input x: f32[1, 4, 4, 2]\n"
             "const w: f32[2, 1, 1, 2] = [1, -1, 0.5, 2]\n"
             "r = conv2d(x, w) {activation=relu6} \"c\"\n"
             "y = add(r, x) {activation=relu} \"s\"\n"
             "output y\n",
             2);
}

TEST(FuseActivation, LeavesWhatOthersReadOrWhatIsClampedAlready) {
  const std::string read_twice = "input x: f32[2]\ns = add(x, x)\ny = relu(s)\nz = logistic(s)\noutput y\noutput z\n";
  ExpectPass(FuseActivation, read_twice, read_twice, 0);
  const std::string output = "input x: f32[2]\ns = add(x, x)\ny = relu(s)\noutput y\noutput s\n";
  ExpectPass(FuseActivation, output, output, 0);
  const std::string clamped = "input x: f32[2]\ns = add(x, x) {activation=relu6}\ny = relu(s)\noutput y\n";
  ExpectPass(FuseActivation, clamped, clamped, 0);
  const std::string no_field = "input x: f32[2]\ns = logistic(x)\ny = relu(s)\noutput y\n";
  ExpectPass(FuseActivation, no_field, no_field, 0);
}

TEST(RunPasses, RunsAllInOrderAndCanLeaveOneOut) {
  const std::string text =
      "input x: f32[1, 4, 4, 2]\n"
      "const h: f16[2, 1, 1, 2] = [1, -1, 0.5, 2]\n"
      "w = dequantize(h)\n"
      "p = pad(x) {before=[0, 1, 1, 0], after=[0, 0, 0, 0]}\n"
      "c = conv2d(p, w)\n"
      "y = relu(c)\n"
      "output y\n";
  ir::Graph graph = Read(text);
  const auto outcomes = RunPasses(graph);
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().ToString();
  EXPECT_EQ(outcomes->size(), AllPasses().size());
  EXPECT_EQ(ir::Print(graph),
            "graph \"\"\n"
            "input x: f32[1, 4, 4, 2]\n"
            "const w: f32[2, 1, 1, 2] = [1, -1, 0.5, 2]\n"
            "y: f32[1, 5, 5, 2] = conv2d(x, w) {pad_top=1, pad_left=1, activation=relu} \"c\"\n"
            "output y\n");
  ExpectSameResults(Read(text), graph);
  ir::Graph unfused = Read(text);
  ASSERT_TRUE(RunPasses(unfused, {.without = {"fuse_activation"}, .verify = true}).ok());
  EXPECT_EQ(unfused.nodes.size(), 2u);
}

}  // namespace
}  // namespace verge::opt
