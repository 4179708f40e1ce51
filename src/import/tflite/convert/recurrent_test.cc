// Layers in both directions against the two layers in one direction that they stand for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "import/tflite/import.h"
#include "import/tflite/model_builder.h"
#include "ir/evaluate.h"
#include "ir/text.h"

namespace verge::tflite {
namespace {

using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::BuiltinOptions;
using testing::HasSubstr;

std::vector<float> Pattern(size_t count, float shift) {
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(i * 7 % 11) / 11.0f - 0.5f + shift;
  return out;
}

constexpr int32_t kSteps = 3;
constexpr int32_t kWidth = 2;
constexpr int32_t kCells = 4;

int32_t Variable(ModelBuilder& b, const std::string& name) {
  b.SetNext({.is_variable = true});
  return b.AddTensor(name, {1, kCells});
}

// The matrices and biases of one direction, in the order of the file.
std::vector<int32_t> LstmWeights(ModelBuilder& b, float shift) {
  std::vector<int32_t> out(17, -1);
  const auto add = [&](const std::vector<int32_t>& shape, size_t count) {
    return b.AddConstant("weight", shape, schema::TensorType::FLOAT32, Pattern(count, shift += 0.05f));
  };
  for (size_t k = 0; k < 4; ++k) {
    out[k] = add({kCells, kWidth}, kCells * kWidth);
    out[4 + k] = add({kCells, kCells}, kCells * kCells);
    out[11 + k] = add({kCells}, kCells);
  }
  return out;
}

// Runs the model of one input twice; output 0 of the second run.
std::vector<float> SecondRun(const std::vector<uint8_t>& file, size_t elems) {
  const Result<ir::Graph> graph = Import(std::as_bytes(std::span(file)));
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  if (!graph.ok()) return {};
  const std::vector<float> x = Pattern(elems, 0.1f);
  const std::vector<ir::BufferPtr> inputs = {ir::Buffer::CopyOf(x.data(), x.size() * sizeof(float))};
  std::vector<ir::BufferPtr> states(graph->states.size());
  std::vector<float> out;
  for (int run = 0; run < 2; ++run) {
    const Result<std::vector<ir::BufferPtr>> outputs = ir::Evaluate(*graph, inputs, &states);
    EXPECT_TRUE(outputs.ok()) << outputs.status().ToString();
    if (!outputs.ok()) return {};
    const auto* data = reinterpret_cast<const float*>((*outputs)[0]->data());
    out.assign(data, data + (*outputs)[0]->size() / sizeof(float));
  }
  return out;
}

std::vector<float> OneDirection(float shift) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, kSteps, kWidth});
  std::vector<int32_t> inputs = LstmWeights(b, shift);
  inputs.insert(inputs.begin(), x);
  inputs.push_back(Variable(b, "h"));
  inputs.push_back(Variable(b, "c"));
  const int32_t y = b.AddTensor("y", {1, kSteps, kCells});
  b.AddOperator(BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, {y},
                BuiltinOptions::UnidirectionalSequenceLSTMOptions,
                schema::CreateUnidirectionalSequenceLSTMOptions(b.fbb(), ActivationFunctionType::TANH).Union());
  return SecondRun(b.Finish({x}, {y}), kSteps * kWidth);
}

std::vector<uint8_t> BothDirections(bool are_merged) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, kSteps, kWidth});
  std::vector<int32_t> inputs = {x};
  for (const float shift : {0.0f, 0.3f}) {
    const std::vector<int32_t> weights = LstmWeights(b, shift);
    inputs.insert(inputs.end(), weights.begin(), weights.end());
  }
  for (const char* name : {"fw_h", "fw_c", "bw_h", "bw_c"}) inputs.push_back(Variable(b, name));
  inputs.resize(48, -1);
  std::vector<int32_t> outputs = {b.AddTensor("y", {1, kSteps, are_merged ? 2 * kCells : kCells})};
  if (!are_merged) outputs.push_back(b.AddTensor("z", {1, kSteps, kCells}));
  const auto options = schema::CreateBidirectionalSequenceLSTMOptions(b.fbb(), ActivationFunctionType::TANH, 0, 0,
                                                                      are_merged, /*time_major=*/false);
  b.AddOperator(BuiltinOperator::BIDIRECTIONAL_SEQUENCE_LSTM, inputs, outputs,
                BuiltinOptions::BidirectionalSequenceLSTMOptions, options.Union());
  return b.Finish({x}, outputs);
}

TEST(Recurrent, TheForwardHalfIsTheLayerItself) {
  const std::vector<float> forward = OneDirection(0.0f);
  const std::vector<float> merged = SecondRun(BothDirections(true), kSteps * kWidth);
  ASSERT_EQ(merged.size(), 2 * forward.size());
  for (size_t t = 0; t < kSteps; ++t) {
    for (size_t j = 0; j < kCells; ++j) EXPECT_EQ(merged[t * 2 * kCells + j], forward[t * kCells + j]);
  }
  EXPECT_EQ(SecondRun(BothDirections(false), kSteps * kWidth), forward);
}

TEST(Recurrent, TheBackwardHalfReadsFromTheEnd) {
  const std::vector<uint8_t> file = BothDirections(true);
  const Result<ir::Graph> graph = Import(std::as_bytes(std::span(file)));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  const std::string text = ir::Print(*graph);
  EXPECT_THAT(text, HasSubstr("{is_reversed=true}"));
  EXPECT_EQ(graph->states.size(), 4u);
  EXPECT_THAT(text, HasSubstr("concat("));
}

TEST(Recurrent, SimpleLayersInBothDirections) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {kSteps, 1, kWidth});
  std::vector<int32_t> inputs = {x};
  const auto add = [&](const std::vector<int32_t>& shape, size_t count) {
    return b.AddConstant("weight", shape, schema::TensorType::FLOAT32, Pattern(count, 0));
  };
  for (const char* name : {"fw", "bw"}) {
    inputs.push_back(add({kCells, kWidth}, kCells * kWidth));
    inputs.push_back(add({kCells, kCells}, kCells * kCells));
    inputs.push_back(add({kCells}, kCells));
    inputs.push_back(Variable(b, name));
  }
  inputs.resize(12, -1);
  const int32_t y = b.AddTensor("y", {kSteps, 1, 2 * kCells});
  b.AddOperator(
      BuiltinOperator::BIDIRECTIONAL_SEQUENCE_RNN, inputs, {y}, BuiltinOptions::BidirectionalSequenceRNNOptions,
      schema::CreateBidirectionalSequenceRNNOptions(b.fbb(), true, ActivationFunctionType::RELU6, true).Union());
  const std::vector<float> got = SecondRun(b.Finish({x}, {y}), kSteps * kWidth);
  ASSERT_EQ(got.size(), static_cast<size_t>(kSteps * 2 * kCells));
  EXPECT_TRUE(std::any_of(got.begin(), got.end(), [](float v) { return v > 0; }));
  const Result<ir::Graph> graph = Import(std::as_bytes(std::span(b.fbb().GetBufferPointer(), b.fbb().GetSize())));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(ir::Print(*graph), HasSubstr("{activation=relu6, is_time_major=true, is_reversed=true}"));
}

}  // namespace
}  // namespace verge::tflite
