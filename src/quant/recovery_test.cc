// Equalisation keeps what a network computes, bias correction takes mean errors off, adaptive rounding beats nearest.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "quant/correct_bias.h"
#include "quant/equalise.h"
#include "quant/round.h"
#include "quant/test_graphs.h"

namespace verge::quant {
namespace {

// Deterministic weights in [-1, 1), another for every seed.
std::string Numbers(size_t count, uint32_t seed, const std::vector<float>& factors = {1}) {
  std::mt19937 random(seed);
  std::string text = "[";
  for (size_t i = 0; i < count; ++i) {
    const float v = static_cast<float>(random() >> 8) / static_cast<float>(1 << 23) - 1;
    text += (i == 0 ? "" : ", ") + std::to_string(v * factors[i % factors.size()]);
  }
  return text + "]";
}

// Factors along the first dimension: each repeated `inner` times.
std::vector<float> Repeated(const std::vector<float>& factors, size_t inner) {
  std::vector<float> all;
  for (const float f : factors) all.insert(all.end(), inner, f);
  return all;
}

const std::vector<float> kUneven = {20, 0.05f, 1, 4};
const std::vector<float> kInverse = {0.05f, 20, 1, 0.25f};

// A convolution whose channels differ by a factor of 400, which the layers behind it undo.
std::string UnevenNetwork(const std::string& activation) {
  return "input x: f32[1, 5, 5, 3]\n"
         "const w: f32[4, 3, 3, 3] = " +
         Numbers(108, 1, Repeated(kUneven, 27)) +
         "\n"
         "const b: f32[4] = [2, 0.005, 0.1, 0.4]\n"
         "const d: f32[1, 3, 3, 4] = " +
         Numbers(36, 2, kInverse) +
         "\n"
         "const e: f32[4] = [0.1, -0.1, 0.2, 0]\n"
         "const p: f32[5, 1, 1, 4] = " +
         Numbers(20, 3) +
         "\n"
         "c = conv2d(x, w, b) {activation=" +
         activation +
         "}\n"
         "m = max_pool2d(c) {filter_h=2, filter_w=2}\n"
         "q = depthwise_conv2d(m, d, e) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1, activation=relu}\n"
         "y = conv2d(q, p)\n"
         "output y\n";
}

float LargestDifference(const ir::Graph& a, const ir::Graph& b, const std::vector<TestSample>& samples) {
  float largest = 0;
  for (const TestSample& sample : samples) {
    const auto ya = ir::Evaluate(a, sample[0]), yb = ir::Evaluate(b, sample[0]);
    EXPECT_TRUE(ya.ok() && yb.ok());
    for (size_t i = 0; i < (*ya)[0]->size() / sizeof(float); ++i) {
      largest = std::max(largest, std::abs(reinterpret_cast<const float*>((*ya)[0]->data())[i] -
                                           reinterpret_cast<const float*>((*yb)[0]->data())[i]));
    }
  }
  return largest;
}

float LargestOfChannel(const ir::Graph& graph, const std::string& name, size_t channel, size_t inner) {
  float largest = 0;
  for (const ir::Value& value : graph.values) {
    if (value.name != name) continue;
    const std::span<const float> w = Floats(value).subspan(channel * inner, inner);
    for (const float v : w) largest = std::max(largest, std::abs(v));
  }
  return largest;
}

TEST(Equalise, KeepsTheFunctionAndEvensTheChannels) {
  const ir::Graph before = Read(UnevenNetwork("relu"));
  ir::Graph after = before;
  EvaluatedActivations activations(NormalSamples(before, 8));
  const Result<size_t> pairs = Equalise(after, activations, {});
  ASSERT_TRUE(pairs.ok()) << pairs.status().ToString();
  EXPECT_EQ(*pairs, 2u);
  EXPECT_LT(LargestDifference(before, after, NormalSamples(before, 8)), 1e-4f);  // of outputs of about 10: 1e-5
  EXPECT_GT(LargestOfChannel(before, "w", 0, 27) / LargestOfChannel(before, "w", 1, 27), 100);
  EXPECT_LT(LargestOfChannel(after, "w", 0, 27) / LargestOfChannel(after, "w", 1, 27), 10);
}

TEST(Equalise, HelpsIntegers) {
  const ir::Graph graph = Read(UnevenNetwork("relu"));
  EvaluatedActivations activations(NormalSamples(graph, 16));
  const std::vector<TestSample> fresh = NormalSamples(graph, 8, 0, 1, 5);
  const double plain = SqnrOf(graph, QuantizeOrFail(graph, &activations).graph, fresh);
  const Quantized equalised = QuantizeOrFail(graph, &activations, {.equalise = true});
  EXPECT_EQ(equalised.equalised_pairs, 2u);
  EXPECT_GT(SqnrOf(graph, equalised.graph, fresh), plain + 6);
}

// Channels that reach 6 must go on doing so at the same inputs, and no other one may.
TEST(Equalise, KeepsWhatRelu6Does) {
  const ir::Graph graph = Read(UnevenNetwork("relu6"));
  for (const float deviation : {1.0f, 0.05f}) {
    const std::vector<TestSample> samples = NormalSamples(graph, 8, 0, deviation);
    EvaluatedActivations activations(samples);
    ir::Graph after = graph;
    const Result<size_t> pairs = Equalise(after, activations, {});
    ASSERT_TRUE(pairs.ok());
    EXPECT_GE(*pairs, 1u) << deviation;
    EXPECT_LT(LargestDifference(graph, after, samples), 1e-4f) << deviation;
  }
}

TEST(Equalise, LeavesWhatOthersReadOrShare) {
  const std::string head =
      "input x: f32[1, 3, 3, 2]\n"
      "const w: f32[2, 1, 1, 2] = [1, 2, 30, 40]\n"
      "const v: f32[2, 1, 1, 2] = [5, 6, 7, 8]\n";
  for (const char* rest : {"a = conv2d(x, w)\ny = conv2d(a, v)\noutput y\noutput a\n",         // a is an output
                           "a = conv2d(x, w)\ny = conv2d(a, w)\noutput y\n",                   // one w for both
                           "a = conv2d(x, w)\nl = logistic(a)\ny = conv2d(l, v)\noutput y\n",  // logistic
                           "a = conv2d(x, w) {activation=relu_n1_to_1}\ny = conv2d(a, v)\noutput y\n"}) {
    ir::Graph graph = Read(head + rest);
    EvaluatedActivations activations(NormalSamples(graph, 4));
    const std::string before = ir::Print(graph);
    EXPECT_EQ(Equalise(graph, activations, {}).value(), 0u) << rest;
    EXPECT_EQ(ir::Print(graph), before);
  }
}

// A function without an integer form makes channels of very different sizes, which a depthwise layer reads.
TEST(EqualiseInputs, GivesDepthwiseLayersAScaleAChannel) {
  const ir::Graph graph = Read(
      "input x: f32[1, 5, 5, 4]\n"
      "const m: f32[1, 1, 1, 4] = [50, 0.5, 0.05, 1]\n"
      "const d: f32[1, 3, 3, 4] = " +
      Numbers(36, 2, {0.02f, 2, 20, 1}) +
      "\n"
      "e = unary(x) {kind=exp}\n"
      "s = mul(e, m)\n"
      "y = depthwise_conv2d(s, d) \"layer\"\n"
      "output y\n");
  EvaluatedActivations activations(NormalSamples(graph, 16));
  const std::vector<TestSample> fresh = NormalSamples(graph, 8, 0, 1, 5);
  const QuantizeOptions plain = {.precision = {{"s", Precision::kF32}}};
  QuantizeOptions equalised = plain;
  equalised.equalise = true;
  const double before = SqnrOf(graph, QuantizeOrFail(graph, &activations, plain).graph, fresh);
  const Quantized after = QuantizeOrFail(graph, &activations, equalised);
  EXPECT_EQ(after.equalised_pairs, 1u);
  EXPECT_GT(SqnrOf(graph, after.graph, fresh), before + 6);
}

// The mean over all samples and positions of output 0, by channel.
std::vector<double> Means(const ir::Graph& graph, const std::vector<TestSample>& samples, size_t channels) {
  std::vector<double> means(channels, 0);
  for (const TestSample& sample : samples) {
    const auto y = ir::Evaluate(graph, sample[0]);
    EXPECT_TRUE(y.ok());
    const size_t count = (*y)[0]->size() / sizeof(float);
    for (size_t i = 0; i < count; ++i) {
      means[i % channels] += static_cast<double>(reinterpret_cast<const float*>((*y)[0]->data())[i]) /
                             static_cast<double>(count / channels * samples.size());
    }
  }
  return means;
}

TEST(CorrectBiases, TakesMeanErrorsOff) {
  const std::string text =
      "input x: f32[1, 6, 6, 3]\n"
      "const w: f32[4, 3, 3, 3] = " +
      Numbers(108, 4) +
      "\n"
      "const d: f32[1, 3, 3, 4] = " +
      Numbers(36, 5) +
      "\n"
      "const e: f32[4] = [0.3, -0.2, 0.1, 0.5]\n"
      "const p: f32[5, 1, 1, 4] = " +
      Numbers(20, 6) +
      "\n"
      "c = conv2d(x, w) {pad_top=1, pad_left=1, activation=relu}\n"
      "q = depthwise_conv2d(c, d, e) {stride_h=2, stride_w=2, activation=relu}\n"
      "y = conv2d(q, p)\n"
      "output y\n";
  const ir::Graph graph = Read(text);
  const std::vector<TestSample> samples = NormalSamples(graph, 32, 1);
  EvaluatedActivations activations(samples);
  const QuantizeOptions plain = {.scheme = Precision::kW4A8};
  const QuantizeOptions corrected = {.scheme = Precision::kW4A8, .correct_bias = true};
  const std::vector<double> want = Means(graph, samples, 5);
  const Quantized result = QuantizeOrFail(graph, &activations, corrected);
  const std::vector<double> before = Means(QuantizeOrFail(graph, &activations, plain).graph, samples, 5);
  const std::vector<double> after = Means(result.graph, samples, 5);
  double error_before = 0, error_after = 0;
  for (size_t c = 0; c < 5; ++c) {
    error_before += std::abs(before[c] - want[c]);
    error_after += std::abs(after[c] - want[c]);
  }
  EXPECT_LT(error_after, 0.25 * error_before) << error_before;
  EXPECT_GT(ReportOf(result, "y").largest_correction, 0);
  EXPECT_EQ(ir::Print(result.graph), ir::Print(QuantizeOrFail(graph, &activations, corrected).graph));
  EXPECT_TRUE(Quantize(graph, &activations, {.scheme = Precision::kInt16x8, .correct_bias = true}).ok());
  QuantizeOptions integer_io = corrected;
  integer_io.io = IntegerIo::kI8;
  EXPECT_EQ(ReportOf(QuantizeOrFail(graph, &activations, integer_io), "y").largest_correction,
            ReportOf(result, "y").largest_correction);
}

// Two inputs that are always equal: rounding 0.4 and 0.4 down loses 0.8, one up and one down loses 0.2.
TEST(RoundChannels, LooksAtInputsTogether) {
  Gram gram(2);
  for (const float v : {1.0f, -2.0f, 0.5f}) gram.Add(std::vector<float>{v, v});
  const std::vector<std::vector<int8_t>> rounded = RoundChannels(gram, {{0.4, 0.4}, {0.6, 0.6}, {3, -2}}, 7);
  EXPECT_EQ(rounded[0][0] + rounded[0][1], 1);
  EXPECT_EQ(rounded[1][0] + rounded[1][1], 1);
  EXPECT_EQ(rounded[2], (std::vector<int8_t>{3, -2}));
}

TEST(RoundChannels, StaysWithinTheLimit) {
  Gram gram(2);
  gram.Add(std::vector<float>{1, 1});
  const std::vector<std::vector<int8_t>> rounded = RoundChannels(gram, {{9.7, 6.9}, {-7.2, -6.6}}, 7);
  for (const auto& channel : rounded) {
    for (const int8_t q : channel) EXPECT_LE(std::abs(q), 7);
  }
}

// Inputs with a mean, whose errors add up when every weight is rounded by itself.
TEST(RoundAdaptively, BeatsNearest) {
  const std::string text =
      "input x: f32[1, 8, 8, 3]\n"
      "const w: f32[8, 3, 3, 3] = " +
      Numbers(216, 7) +
      "\n"
      "y = conv2d(x, w)\n"
      "output y\n";
  const ir::Graph graph = Read(text);
  EvaluatedActivations activations(NormalSamples(graph, 48, 1));
  const std::vector<TestSample> fresh = NormalSamples(graph, 16, 1, 1, 3);
  const QuantizeOptions plain = {.scheme = Precision::kW4A8};
  QuantizeOptions adaptive = {.scheme = Precision::kW4A8, .round_adaptively = true};
  const ir::Graph rounded = QuantizeOrFail(graph, &activations, adaptive).graph;
  const double nearest = SqnrOf(graph, QuantizeOrFail(graph, &activations, plain).graph, fresh);
  EXPECT_GT(SqnrOf(graph, rounded, fresh), nearest + 3);
  EXPECT_EQ(ir::Print(rounded, {.max_inline_elems = 999}),
            ir::Print(QuantizeOrFail(graph, &activations, adaptive).graph, {.max_inline_elems = 999}));
  adaptive.round_layers = 1;
  std::vector<size_t> done;
  adaptive.progress = [&](const Progress& p) {
    if (p.stage == std::string("round")) done.push_back(p.done * 10 + p.total);
    return Status::Ok();
  };
  QuantizeOrFail(graph, &activations, adaptive);
  EXPECT_EQ(done, (std::vector<size_t>{11}));
}

}  // namespace
}  // namespace verge::quant
