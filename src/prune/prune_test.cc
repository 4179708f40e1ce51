// Zeros of single weights: patterns hold exactly, and what the criteria are for shows on made layers.
#include "prune/prune.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ir/verify.h"
#include "prune/testing.h"

namespace verge::prune {
namespace {

using testing::EvaluatedActivations;
using testing::FloatsOf;
using testing::RandomSamples;
using testing::Read;

// Options under which no layer is left.
WeightPruning All() { return {.min_weights = 1, .prune_first = true, .prune_last = true, .prune_depthwise = true}; }

const char* const kNet =
    "input x: f32[1, 6, 5, 3]\n"
    "const w1: f32[8, 3, 3, 3] = fill(0)\nconst b1: f32[8] = fill(0)\n"
    "const w2: f32[1, 3, 3, 8] = fill(0)\n"
    "const w3: f32[10, 1, 3, 8] = fill(0)\n"
    "const w4: f32[4, 300] = fill(0)\n"
    "const w5: f32[4, 6] = fill(0)\n"
    "c1 = conv2d(x, w1, b1) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1, activation=relu}\n"
    "c2 = depthwise_conv2d(c1, w2) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1}\n"
    "c3 = conv2d(c2, w3) {pad_left=1, pad_right=1, activation=relu}\n"
    "f = fully_connected(c3, w4)\n"
    "y = matmul(f, w5)\n"
    "output y\n";

ir::Graph RandomNet() {
  ir::Graph graph = Read(kNet);
  testing::Randomise(graph);
  return graph;
}

size_t Zeros(std::span<const float> weights) {
  return static_cast<size_t>(std::count(weights.begin(), weights.end(), 0.0f));
}

TEST(FindLayers, SeesGeometryAndPlace) {
  const ir::Graph graph = RandomNet();
  const std::vector<Layer> layers = FindLayers(graph);
  ASSERT_EQ(layers.size(), 5u);
  EXPECT_TRUE(layers[0].is_first && !layers[0].is_last);
  EXPECT_TRUE(layers[4].is_last && !layers[4].is_first);
  EXPECT_EQ(layers[0].inputs, 27u);
  EXPECT_EQ(layers[1].groups, 8u);
  EXPECT_EQ(layers[1].inputs, 9u);
  EXPECT_EQ(layers[2].taps, 3u);
  EXPECT_EQ(layers[2].channels, 8u);
  EXPECT_EQ(layers[3].inputs, 300u);
  EXPECT_TRUE(layers[4].is_input_major);
  EXPECT_EQ(layers[4].outputs, 6u);
}

// The rows and the weights as matrices give what the layers give.
TEST(FindLayers, RowsTimesWeightsIsTheLayer) {
  const ir::Graph graph = RandomNet();
  EvaluatedActivations activations(RandomSamples(graph, 2));
  std::vector<InputRows> rows;
  const std::vector<Layer> layers = FindLayers(graph);
  ASSERT_TRUE(CollectRows(graph, layers, 100000, activations, rows).ok());
  std::vector<ir::ValueId> watched;
  for (const Layer& layer : layers) watched.push_back(graph.nodes[layer.node].outputs[0]);
  std::vector<std::vector<float>> outputs(layers.size());
  const auto keep = [&](size_t, ir::ValueId value, const Tensor& tensor) {
    const size_t l = static_cast<size_t>(std::find(watched.begin(), watched.end(), value) - watched.begin());
    outputs[l].insert(outputs[l].end(), tensor.as<float>(), tensor.as<float>() + tensor.shape().elems());
    return Status::Ok();
  };
  ASSERT_TRUE(activations.Run(graph, watched, 0, 2, keep).ok());
  for (size_t l = 0; l < layers.size(); ++l) {
    std::vector<float> y = LayerOutputs(layers[l], ReadWeights(graph, layers[l]), rows[l]);
    const std::vector<float> bias = ReadBias(graph, layers[l]);
    ASSERT_EQ(y.size(), outputs[l].size()) << l;
    for (size_t i = 0; i < y.size(); ++i) {
      float value = y[i] + bias[i % layers[l].outputs];
      if (l == 0 || l == 2) value = std::max(value, 0.0f);
      ASSERT_NEAR(value, outputs[l][i], 1e-4f * (1 + std::abs(value))) << l;
    }
  }
}

TEST(PruneWeights, UnstructuredTakesExactlyTheShare) {
  for (const Criterion criterion : {Criterion::kMagnitude, Criterion::kWanda, Criterion::kObs}) {
    ir::Graph graph = RandomNet();
    EvaluatedActivations activations(RandomSamples(graph, 40));
    WeightPruning options = All();
    options.criterion = criterion;
    options.share = 0.5;
    options.shares = {{"f", 0.25}};
    const auto report = PruneWeights(graph, options, &activations);
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_TRUE(ir::Verify(graph).ok());
    size_t zeros = 0;
    for (const Layer& layer : FindLayers(graph)) {
      const std::string& name = graph.nodes[layer.node].name;
      const std::vector<float> weights = ReadWeights(graph, layer);
      zeros += Zeros(weights);
      const double share = name == "f" ? 0.25 : 0.5;
      size_t wanted = 0;
      for (size_t g = 0; g < (criterion == Criterion::kObs ? layer.groups : 1); ++g) {
        const size_t count = layer.weight_count() / (criterion == Criterion::kObs ? layer.groups : 1);
        wanted += static_cast<size_t>(share * static_cast<double>(count));
      }
      if (criterion == Criterion::kWanda) {
        wanted = layer.outputs * static_cast<size_t>(share * static_cast<double>(layer.inputs));
      }
      EXPECT_EQ(Zeros(weights), wanted) << name << " criterion " << static_cast<int>(criterion);
    }
    EXPECT_EQ(report->zeros, zeros);
    for (const PrunedLayer& layer : report->layers) EXPECT_GT(layer.sqnr_db, 3) << layer.name;
  }
}

TEST(PruneWeights, MagnitudeTakesTheSmallest) {
  ir::Graph graph = Read(
      "input x: f32[1, 4]\nconst w: f32[2, 4] = [1, -2, 3, -4, 0.5, 6, -0.25, 8]\n"
      "y = fully_connected(x, w)\noutput y\n");
  WeightPruning options = All();
  ASSERT_TRUE(PruneWeights(graph, options, nullptr).ok());
  EXPECT_EQ(FloatsOf(graph.value(testing::ValueNamed(graph, "w"))), (std::vector<float>{0, 0, 3, -4, 0, 6, 0, 8}));
}

TEST(PruneWeights, OneThresholdForAllLayers) {
  ir::Graph graph = Read(
      "input x: f32[1, 2]\nconst a: f32[2, 2] = [1, 2, 3, 4]\nconst b: f32[2, 2] = [10, 20, 0.5, 40]\n"
      "h = fully_connected(x, a)\ny = fully_connected(h, b)\noutput y\n");
  WeightPruning options = All();
  options.is_global = true;
  const auto report = PruneWeights(graph, options, nullptr);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->layers[0].zeros, 3u);
  EXPECT_EQ(report->layers[1].zeros, 1u);
  EXPECT_TRUE(std::isnan(report->layers[0].sqnr_db));
}

TEST(PruneWeights, TwoOfFourHoldsInEveryRun) {
  for (const Criterion criterion : {Criterion::kMagnitude, Criterion::kWanda, Criterion::kObs}) {
    ir::Graph graph = RandomNet();
    EvaluatedActivations activations(RandomSamples(graph, 40));
    WeightPruning options = All();
    options.criterion = criterion;
    options.pattern = Pattern::k2Of4;
    const auto report = PruneWeights(graph, options, &activations);
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_EQ(report->layers[0].reason, "fewer than 4 input channels");
    EXPECT_NE(report->layers[1].reason, "");
    const std::vector<Layer> layers = FindLayers(graph);
    for (const size_t l : {2u, 3u, 4u}) {
      EXPECT_EQ(report->layers[l].reason, "");
      const std::vector<float> weights = ReadWeights(graph, layers[l]);
      for (size_t at = 0; at < weights.size(); at += 4) {
        EXPECT_EQ(Zeros(std::span(weights).subspan(at, 4)), 2u) << l << " at " << at;
      }
    }
  }
}

TEST(PruneWeights, BlocksGoTogether) {
  for (const Criterion criterion : {Criterion::kMagnitude, Criterion::kWanda, Criterion::kObs}) {
    for (const auto& [outputs, inputs] : {std::pair<size_t, size_t>{1, 4}, {4, 1}, {4, 3}}) {
      ir::Graph graph = RandomNet();
      EvaluatedActivations activations(RandomSamples(graph, 4));
      WeightPruning options = All();
      options.criterion = criterion;
      options.pattern = Pattern::kBlock;
      options.block_outputs = outputs;
      options.block_inputs = inputs;
      const auto report = PruneWeights(graph, options, &activations);
      ASSERT_TRUE(report.ok()) << report.status().ToString();
      const Layer layer = FindLayers(graph)[2];
      const std::vector<float> weights = ReadWeights(graph, layer);
      size_t zeroed = 0;
      size_t blocks = 0;
      for (size_t o = 0; o < layer.outputs; o += outputs) {
        for (size_t tap = 0; tap < layer.taps; ++tap) {
          for (size_t c = 0; c < layer.channels; c += inputs) {
            size_t zeros = 0;
            size_t count = 0;
            for (size_t p = o; p < std::min(o + outputs, layer.outputs); ++p) {
              for (size_t d = c; d < std::min(c + inputs, layer.channels); ++d) {
                ++count;
                zeros += weights[p * layer.inputs + tap * layer.channels + d] == 0 ? 1 : 0;
              }
            }
            EXPECT_TRUE(zeros == 0 || zeros == count);
            zeroed += zeros > 0 ? 1 : 0;
            ++blocks;
          }
        }
      }
      const size_t rows = (layer.outputs + outputs - 1) / outputs;
      const size_t wanted = criterion == Criterion::kWanda ? rows * (blocks / rows / 2) : blocks / 2;
      EXPECT_EQ(zeroed, wanted) << outputs << "x" << inputs << " " << static_cast<int>(criterion);
    }
  }
}

TEST(PruneWeights, SaysWhyLayersAreLeft) {
  ir::Graph graph = RandomNet();
  const std::string before = ir::Print(graph);
  WeightPruning options;
  options.min_weights = 300;
  options.except = {"f"};
  const auto report = PruneWeights(graph, options, nullptr);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->layers[0].reason, "first layer");
  EXPECT_EQ(report->layers[1].reason, "depthwise layer");
  EXPECT_EQ(report->layers[2].reason, "fewer than 300 weights");
  EXPECT_EQ(report->layers[3].reason, "asked for");
  EXPECT_EQ(report->layers[4].reason, "last layer");
  EXPECT_EQ(report->zeros, 0u);
  EXPECT_EQ(ir::Print(graph), before);
}

TEST(PruneWeights, RefusesWhatDoesNotGoTogether) {
  ir::Graph graph = RandomNet();
  EXPECT_EQ(PruneWeights(graph, {.share = 1.5}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PruneWeights(graph, {.criterion = Criterion::kWanda}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PruneWeights(graph, {.pattern = Pattern::k2Of4, .is_global = true}, nullptr).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(PruneWeights(graph, {.shares = {{"nobody", 0.5}}}, nullptr).code(), StatusCode::kInvalidArgument);
  const std::string before = ir::Print(graph);
  WeightPruning stopped = All();
  stopped.progress = [](size_t done, size_t, std::string_view) {
    return done == 2 ? VERGE_ERROR(kCancelled, "enough") : Status::Ok();
  };
  EXPECT_EQ(PruneWeights(graph, stopped, nullptr).code(), StatusCode::kCancelled);
  EXPECT_EQ(ir::Print(graph), before);
}

// A layer whose inputs are few things seen many times, at different strengths.
double CorrelatedSqnr(Criterion criterion, Pattern pattern) {
  ir::Graph graph = Read("input x: f32[64, 32]\nconst w: f32[16, 32] = fill(0)\ny = fully_connected(x, w)\noutput y\n");
  testing::Randomise(graph, 9);
  testing::Random random(10);
  std::vector<testing::TestSample> samples(4);
  std::vector<float> mix(8 * 32);
  for (float& m : mix) m = random.Uniform(-1, 1);
  for (auto& sample : samples) {
    const auto buffer = ir::Buffer::Allocate(64 * 32 * sizeof(float));
    auto* x = reinterpret_cast<float*>(buffer->mutable_data());
    for (size_t r = 0; r < 64; ++r) {
      for (size_t k = 0; k < 32; ++k) x[r * 32 + k] = 0.05f * random.Uniform(-1, 1);
      for (size_t s = 0; s < 8; ++s) {
        const float source = random.Uniform(-1, 1);
        for (size_t k = 0; k < 32; ++k) x[r * 32 + k] += source * mix[s * 32 + k];
      }
      for (size_t k = 0; k < 32; ++k) x[r * 32 + k] *= k % 4 == 0 ? 3.0f : 0.5f;
    }
    sample.push_back({buffer});
  }
  EvaluatedActivations activations(std::move(samples));
  WeightPruning options = All();
  options.criterion = criterion;
  options.pattern = pattern;
  options.max_rows = 256;
  const auto report = PruneWeights(graph, options, &activations);
  EXPECT_TRUE(report.ok()) << report.status().ToString();
  return report.ok() ? report->layers[0].sqnr_db : 0;
}

TEST(PruneWeights, ActivationsHelpWhereInputsDiffer) {
  for (const Pattern pattern : {Pattern::kUnstructured, Pattern::k2Of4, Pattern::kBlock}) {
    const double magnitude = CorrelatedSqnr(Criterion::kMagnitude, pattern);
    const double wanda = CorrelatedSqnr(Criterion::kWanda, pattern);
    const double obs = CorrelatedSqnr(Criterion::kObs, pattern);
    // A block of 4 channels has one strong input each: nothing to tell apart.
    EXPECT_GT(wanda, magnitude + (pattern == Pattern::kBlock ? -1 : 3));
    EXPECT_GT(obs, wanda + 3);
    EXPECT_GT(obs, magnitude + 3);
  }
}

}  // namespace
}  // namespace verge::prune
