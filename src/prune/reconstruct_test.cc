#include "prune/reconstruct.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ir/verify.h"
#include "prune/channels.h"
#include "prune/layer_tail.h"
#include "prune/prune.h"
#include "prune/testing.h"

namespace verge::prune {
namespace {

using testing::EvaluatedActivations;
using testing::RandomSamples;
using testing::Read;

const char* const kNet =
    "input x: f32[1, 8, 8, 3]\n"
    "const w1: f32[12, 3, 3, 3] = fill(0)\nconst b1: f32[12] = fill(0)\n"
    "const w2: f32[1, 3, 3, 12] = fill(0)\nconst w3: f32[16, 1, 1, 12] = fill(0)\nconst b3: f32[16] = fill(0)\n"
    "const w4: f32[16, 3, 3, 16] = fill(0)\nconst w5: f32[6, 16] = fill(0)\n"
    "c1 = conv2d(x, w1, b1) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1, activation=relu}\n"
    "c2 = depthwise_conv2d(c1, w2) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1, activation=relu}\n"
    "c3 = conv2d(c2, w3, b3) {activation=relu}\n"
    "c4 = conv2d(c3, w4) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1, activation=relu}\n"
    "s = add(c3, c4)\n"
    "m = reduce(s) {kind=mean, axes=[1, 2]}\n"
    "y = fully_connected(m, w5)\n"
    "output y\n";

ir::Graph RandomNet() {
  ir::Graph graph = Read(kNet);
  testing::Randomise(graph);
  return graph;
}

// Error of `graph`'s outputs against `original`'s, on samples that no one has seen.
double OutputDb(const ir::Graph& graph, const ir::Graph& original) {
  std::vector<float> want;
  std::vector<float> got;
  for (const testing::TestSample& sample : RandomSamples(original, 20, 77)) {
    const auto a = ir::Evaluate(original, sample[0]);
    const auto b = ir::Evaluate(graph, sample[0]);
    EXPECT_TRUE(a.ok() && b.ok());
    const auto* pa = reinterpret_cast<const float*>((*a)[0]->data());
    const auto* pb = reinterpret_cast<const float*>((*b)[0]->data());
    want.insert(want.end(), pa, pa + (*a)[0]->size() / sizeof(float));
    got.insert(got.end(), pb, pb + (*b)[0]->size() / sizeof(float));
  }
  return SignalToNoiseDb(want, got);
}

TEST(Reconstruct, MakesGoodWhatMasksDid) {
  const ir::Graph original = RandomNet();
  ir::Graph graph = original;
  EvaluatedActivations activations(RandomSamples(graph, 40));
  const auto pruned =
      PruneWeights(graph, {.criterion = Criterion::kWanda, .min_weights = 1, .prune_first = true, .prune_last = false},
                   &activations);
  ASSERT_TRUE(pruned.ok()) << pruned.status().ToString();
  const double before = OutputDb(graph, original);
  const auto report = Reconstruct(graph, original, {}, {}, activations);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_TRUE(ir::Verify(graph).ok());
  EXPECT_GT(OutputDb(graph, original), before + 3);
  for (const ReconstructedLayer& layer : report->layers) {
    EXPECT_TRUE(!layer.is_changed || layer.after_db > layer.before_db) << layer.name;
  }
  EXPECT_TRUE(report->layers[2].is_changed);
  // What was zero still is.
  size_t zeros = 0;
  for (const Layer& layer : FindLayers(graph)) {
    const std::vector<float> weights = ReadWeights(graph, layer);
    zeros += static_cast<size_t>(std::count(weights.begin(), weights.end(), 0.0f));
  }
  EXPECT_GE(zeros, pruned->zeros);
}

TEST(Reconstruct, MakesGoodWhatChannelsDid) {
  const ir::Graph original = RandomNet();
  ir::Graph graph = original;
  EvaluatedActivations activations(RandomSamples(graph, 40));
  const auto pruned = PruneChannels(graph, {.score = ChannelScore::kVariance, .share = 0.3}, &activations);
  ASSERT_TRUE(pruned.ok()) << pruned.status().ToString();
  EXPECT_LT(pruned->macs, pruned->macs_before);
  const double before = OutputDb(graph, original);
  const auto report = Reconstruct(graph, original, pruned->kept_outputs, {}, activations);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_GT(OutputDb(graph, original), before + 3);
  EXPECT_EQ(Reconstruct(graph, original, {}, {}, activations).code(), StatusCode::kInvalidArgument);
}

// y = x[0] + x[1] of inputs of which the second is twice the first: one weight can do the work of both.
TEST(Reconstruct, FindsTheWeightThatDoesTheWorkOfTwo) {
  const ir::Graph original =
      Read("input x: f32[16, 2]\nconst w: f32[1, 2] = [1, 1]\ny = fully_connected(x, w)\noutput y\n");
  ir::Graph graph = original;
  const float masked[] = {0, 1};
  graph.values[testing::ValueNamed(graph, "w")].constant = ir::Buffer::CopyOf(masked, sizeof(masked));
  auto samples = RandomSamples(graph, 4);
  for (auto& sample : samples) {
    const auto buffer = ir::Buffer::CopyOf(sample[0][0]->data(), sample[0][0]->size());
    auto* x = reinterpret_cast<float*>(buffer->mutable_data());
    for (size_t r = 0; r < 16; ++r) x[2 * r + 1] = 2 * x[2 * r];
    sample[0][0] = buffer;
  }
  EvaluatedActivations activations(std::move(samples));
  const auto report = Reconstruct(graph, original, {}, {.ridge = 1e-6}, activations);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  const std::vector<float> w = testing::FloatsOf(graph.value(testing::ValueNamed(graph, "w")));
  EXPECT_EQ(w[0], 0);
  EXPECT_NEAR(w[1], 1.5f, 1e-4f);
}

// relu(x[1]) is relu(x[0]) for these inputs, which no line through x[0] and x[1] shows.
TEST(Reconstruct, DoesNotAskForWhatAClampHides) {
  const ir::Graph original =
      Read("input x: f32[32, 2]\nconst w: f32[1, 2] = [0, 1]\nh = fully_connected(x, w)\ny = relu(h)\noutput y\n");
  auto samples = RandomSamples(original, 4);
  for (auto& sample : samples) {
    const auto buffer = ir::Buffer::CopyOf(sample[0][0]->data(), sample[0][0]->size());
    auto* x = reinterpret_cast<float*>(buffer->mutable_data());
    for (size_t r = 0; r < 32; ++r) x[2 * r + 1] = x[2 * r] > 0 ? x[2 * r] : -5 * x[2 * r] * x[2 * r];
    sample[0][0] = buffer;
  }
  EvaluatedActivations activations(std::move(samples));
  const float masked[] = {0.5f, 0};
  std::vector<double> after;
  for (const size_t rounds : {1u, 100u}) {
    ir::Graph graph = original;
    graph.values[testing::ValueNamed(graph, "w")].constant = ir::Buffer::CopyOf(masked, sizeof(masked));
    const auto report = Reconstruct(graph, original, {}, {.ridge = 1e-6, .rounds = rounds}, activations);
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    after.push_back(report->layers[0].after_db);
    if (rounds == 1) continue;
    EXPECT_NEAR(testing::FloatsOf(graph.value(testing::ValueNamed(graph, "w")))[0], 1, 1e-2);
  }
  EXPECT_GT(after[1], after[0] + 20);
}

// One side of a sum was changed; the other, which is rebuilt, makes it good.
TEST(Reconstruct, MakesGoodTheOtherSideOfASum) {
  const ir::Graph original = Read(
      "input x: f32[16, 2]\nconst a: f32[2, 2] = [1, 2, 3, 4]\nconst b: f32[2, 2] = [1, 0.5, 0.25, 1]\n"
      "p = fully_connected(x, a)\nq = fully_connected(x, b)\ns = add(p, q) {activation=relu}\noutput s\n");
  ir::Graph graph = original;
  const float changed[] = {1, 0, 0, 4};
  graph.values[testing::ValueNamed(graph, "a")].constant = ir::Buffer::CopyOf(changed, sizeof(changed));
  EvaluatedActivations activations(RandomSamples(graph, 10));
  const auto report = Reconstruct(graph, original, {}, {.ridge = 1e-6, .rounds = 100, .except = {"p"}}, activations);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  const std::vector<float> b = testing::FloatsOf(graph.value(testing::ValueNamed(graph, "b")));
  const std::vector<float> wanted = {1, 2.5f, 3.25f, 1};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(b[i], wanted[i], 2e-2f) << i;
}

TEST(LayerTail, FollowsSumsAndClamps) {
  const ir::Graph graph = Read(
      "input x: f32[1, 4]\nconst a: f32[4, 4] = fill(1)\n"
      "p = fully_connected(x, a)\n"
      "q = fully_connected(p, a)\n"
      "s = add(p, q)\n"
      "r = relu(s)\n"
      "t = fully_connected(r, a) {activation=relu6}\n"
      "u = fully_connected(t, a)\n"
      "v = fully_connected(t, a)\n"
      "w = add(u, v) {activation=relu}\n"
      "output w\n");
  std::vector<LayerTail> tails;
  for (const Layer& layer : FindLayers(graph)) tails.push_back(TailOf(graph, layer));
  ASSERT_EQ(tails.size(), 5u);
  EXPECT_EQ(tails[0].beside, ir::kNoValue);  // p is read twice
  EXPECT_TRUE(std::isinf(tails[0].range.lo));
  EXPECT_EQ(tails[1].beside, testing::ValueNamed(graph, "p"));
  EXPECT_EQ(tails[1].range.lo, 0);
  EXPECT_EQ(tails[2].range.hi, 6);
  EXPECT_EQ(tails[3].beside, ir::kNoValue);  // v comes later
  EXPECT_TRUE(std::isinf(tails[3].range.lo));
  EXPECT_EQ(tails[4].beside, testing::ValueNamed(graph, "u"));
  EXPECT_EQ(tails[4].range.lo, 0);
}

TEST(Reconstruct, LeavesAnUnprunedModelAsGood) {
  const ir::Graph original = RandomNet();
  ir::Graph graph = original;
  EvaluatedActivations activations(RandomSamples(graph, 8));
  const auto report = Reconstruct(graph, original, {}, {}, activations);
  ASSERT_TRUE(report.ok());
  EXPECT_GT(OutputDb(graph, original), 90);
}

TEST(Reconstruct, SaysWhyLayersAreLeft) {
  const ir::Graph original = RandomNet();
  ir::Graph graph = original;
  EvaluatedActivations activations(RandomSamples(graph, 2));
  graph.nodes[6].name = "other";
  const ir::Graph before = graph;
  ir::Graph few = graph;
  const auto report = Reconstruct(graph, original, {}, {.max_work = 1000, .except = {"c1"}}, activations);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->layers[0].reason, "asked for");
  EXPECT_EQ(report->layers[3].reason, "too many unknowns");
  EXPECT_EQ(report->layers[4].reason, "not a layer of the original model");
  EXPECT_EQ(Reconstruct(few, original, {}, {.ridge = 0}, activations).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ir::Print(few), ir::Print(before));
}

}  // namespace
}  // namespace verge::prune
