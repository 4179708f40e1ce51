#include "prune/cluster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ir/verify.h"
#include "prune/prune.h"
#include "prune/testing.h"

namespace verge::prune {
namespace {

using testing::EvaluatedActivations;
using testing::FloatsOf;
using testing::RandomSamples;
using testing::Read;

const char* const kNet =
    "input x: f32[1, 6, 6, 4]\n"
    "const w1: f32[16, 3, 3, 4] = fill(0)\nconst w2: f32[1, 3, 3, 16] = fill(0)\nconst w3: f32[12, 576] = fill(0)\n"
    "c1 = conv2d(x, w1) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1}\n"
    "c2 = depthwise_conv2d(c1, w2) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1}\n"
    "y = fully_connected(c2, w3)\noutput y\n";

size_t CountDifferent(const std::vector<float>& values) { return std::set<float>(values.begin(), values.end()).size(); }

TEST(ClusterWeights, LeavesKValuesEach) {
  ir::Graph graph = Read(kNet);
  testing::Randomise(graph);
  EvaluatedActivations activations(RandomSamples(graph, 3));
  WeightClustering options;
  options.min_weights = 500;
  options.ks = {{"y", 32}};
  const auto report = ClusterWeights(graph, options, &activations);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_TRUE(ir::Verify(graph).ok());
  ASSERT_EQ(report->layers.size(), 3u);
  EXPECT_EQ(CountDifferent(FloatsOf(graph.value(testing::ValueNamed(graph, "w1")))), 16u);
  EXPECT_EQ(CountDifferent(FloatsOf(graph.value(testing::ValueNamed(graph, "w3")))), 32u);
  EXPECT_EQ(report->layers[0].values, 16u);
  EXPECT_EQ(report->layers[1].reason, "fewer than 500 weights");
  EXPECT_EQ(report->layers[2].values, 32u);
  // Uniform values in k steps have an error of 1 / k^2 of their own square.
  EXPECT_NEAR(report->layers[0].weights_db, 20 * std::log10(16), 1);
  EXPECT_NEAR(report->layers[2].weights_db, 20 * std::log10(32), 1);
  EXPECT_NEAR(report->layers[2].output_db, 20 * std::log10(32), 3);
  const auto again = ClusterWeights(graph, options, nullptr);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->layers[0].reason, "already 16 different weights");
}

TEST(ClusterWeights, PrunedWeightsStayZero) {
  ir::Graph graph = Read(kNet);
  testing::Randomise(graph);
  ASSERT_TRUE(PruneWeights(graph, {.min_weights = 1, .prune_first = true, .prune_last = true}, nullptr).ok());
  const std::vector<float> before = FloatsOf(graph.value(testing::ValueNamed(graph, "w3")));
  const auto report = ClusterWeights(graph, {}, nullptr);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  const std::vector<float> after = FloatsOf(graph.value(testing::ValueNamed(graph, "w3")));
  EXPECT_LE(CountDifferent(after), 16u);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(before[i] != 0 || after[i] == 0) << i;
  }
  EXPECT_GE(report->layers[2].share_of_zeros, 0.5);
}

TEST(ClusterWeights, ActivationsDecideWhichErrorsMatter) {
  ir::Graph graph = Read("input x: f32[8, 64]\nconst w: f32[32, 64] = fill(0)\ny = fully_connected(x, w)\noutput y\n");
  testing::Randomise(graph);
  auto samples = RandomSamples(graph, 4);
  // Few inputs are strong, and have small weights.
  std::vector<float> weights = FloatsOf(graph.value(testing::ValueNamed(graph, "w")));
  for (size_t i = 0; i < weights.size(); ++i) weights[i] *= i % 64 < 6 ? 0.1f : 1.0f;
  graph.values[testing::ValueNamed(graph, "w")].constant =
      ir::Buffer::CopyOf(weights.data(), weights.size() * sizeof(float));
  for (auto& sample : samples) {
    const auto buffer = ir::Buffer::CopyOf(sample[0][0]->data(), sample[0][0]->size());
    for (size_t i = 0; i < 8 * 64; ++i) {
      if (i % 64 >= 6) reinterpret_cast<float*>(buffer->mutable_data())[i] *= 0.01f;
    }
    sample[0][0] = buffer;
  }
  EvaluatedActivations activations(std::move(samples));
  ir::Graph weighted = graph;
  const auto plain = ClusterWeights(graph, {.k = 8}, &activations);
  const auto by_activations = ClusterWeights(weighted, {.k = 8, .by_activations = true}, &activations);
  ASSERT_TRUE(plain.ok() && by_activations.ok());
  EXPECT_GT(by_activations->layers[0].output_db, plain->layers[0].output_db + 6);
  EXPECT_LT(by_activations->layers[0].weights_db, plain->layers[0].weights_db);
}

TEST(ClusterWeights, IntegerWeightsStayIntegers) {
  std::string values;
  for (int i = 0; i < 1200; ++i) values += (i == 0 ? "" : ", ") + std::to_string(i * 37 % 255 - 127);
  ir::Graph graph = Read(
      "input x: i8[1, 40] quant(scales=[0.5], zero_points=[3], axis=0)\n"
      "const w: i8[30, 40] quant(scales=[0.01], zero_points=[0], axis=0) = [" +
      values +
      "]\n"
      "const b: i32[30] quant(scales=[0.005], zero_points=[0], axis=0) = fill(0)\n"
      "y: i8[1, 30] quant(scales=[0.5], zero_points=[0], axis=0) = fully_connected(x, w, b)\noutput y\n");
  const auto report = ClusterWeights(graph, {.k = 16}, nullptr);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_TRUE(ir::Verify(graph).ok());
  ASSERT_EQ(report->layers.size(), 1u);
  EXPECT_EQ(report->layers[0].dtype, DType::kI8);
  const auto* w = reinterpret_cast<const int8_t*>(graph.value(testing::ValueNamed(graph, "w")).constant->data());
  EXPECT_EQ(std::set<int8_t>(w, w + 1200).size(), 16u);
  EXPECT_GT(report->layers[0].weights_db, 20);
}

TEST(ClusterWeights, RefusesBadOptions) {
  ir::Graph graph = Read(kNet);
  EXPECT_EQ(ClusterWeights(graph, {.k = 1}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ClusterWeights(graph, {.k = 257}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ClusterWeights(graph, {.except = {"nobody"}}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ClusterWeights(graph, {.by_activations = true}, nullptr).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::prune
