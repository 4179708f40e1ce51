// What the exporter makes of a graph as TFLite, seen by the importer and by the operators of the file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "export/graphs.h"
#include "export/tflite/export.h"
#include "import/tflite/import.h"
#include "import/tflite/tflite_generated.h"
#include "ops/attr_text.h"

namespace verge::exported {
namespace {

using testing::HasSubstr;
using tflite::schema::BuiltinOperator;

std::span<const std::byte> AsBytes(const std::string& text) { return std::as_bytes(std::span(text)); }

// y = op(x, weights...) with these attributes.
ir::Graph OneNode(const char* op, const std::string& attrs, const Shape& x, const std::vector<Shape>& weights) {
  ir::Graph graph;
  graph.name = "one";
  std::vector<ir::ValueId> inputs = {graph.AddValue({.name = "x", .dtype = DType::kF32, .shape = x})};
  for (size_t i = 0; i < weights.size(); ++i) {
    std::vector<float> numbers(weights[i].elems());
    for (size_t k = 0; k < numbers.size(); ++k) numbers[k] = static_cast<float>(k % 7) - 3;
    inputs.push_back(graph.AddConstant("w" + std::to_string(i), DType::kF32, weights[i], numbers.data()));
  }
  const ir::ValueId y = graph.AddValue({.name = "y"});
  const Result<ops::OpAttrs> parsed = ops::ParseAttrs(ops::GetOp(*ops::FindOp(op)), attrs);
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  graph.AddNode(*ops::FindOp(op), "node", inputs, {y}).attrs = *parsed;
  graph.inputs = {inputs[0]};
  graph.outputs = {y};
  const Status status = ir::InferTypes(graph);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return graph;
}

// The operators of the file, after it was read again and computed the same.
std::vector<BuiltinOperator> RoundTrip(const ir::Graph& graph, std::string* bytes = nullptr) {
  const auto file = to_tflite::ExportTflite(graph);
  EXPECT_TRUE(file.ok()) << file.status().ToString();
  if (!file.ok()) return {};
  const auto again = tflite::Import(AsBytes(file->model));
  EXPECT_TRUE(again.ok()) << again.status().ToString();
  if (!again.ok()) return {};
  const std::vector<ir::BufferPtr> inputs = RandomInputs(graph, 7, -1, 1);
  const auto want = ir::Evaluate(graph, inputs);
  const auto got = ir::Evaluate(*again, inputs);
  EXPECT_TRUE(want.ok() && got.ok());
  if (want.ok() && got.ok()) {
    EXPECT_LE(Difference(graph.value(graph.outputs[0]), (*got)[0], (*want)[0]), 1e-6);
  }
  EXPECT_EQ(again->value(again->outputs[0]).name, "y");
  const auto* model = tflite::schema::GetModel(file->model.data());
  std::vector<BuiltinOperator> codes;
  for (const auto* op : *model->subgraphs()->Get(0)->operators()) {
    codes.push_back(model->operator_codes()->Get(op->opcode_index())->builtin_code());
  }
  if (bytes != nullptr) *bytes = file->model;
  return codes;
}

TEST(ToTflite, SameAndValidAreRecovered) {
  const std::vector<BuiltinOperator> conv = {BuiltinOperator::CONV_2D};
  std::string same;
  EXPECT_EQ(RoundTrip(OneNode("conv2d", "{stride_h=2, stride_w=2, pad_bottom=1, pad_right=1}", {1, 8, 8, 3},
                              {{4, 3, 3, 3}, {4}}),
                      &same),
            conv);
  const auto* op = tflite::schema::GetModel(same.data())->subgraphs()->Get(0)->operators()->Get(0);
  EXPECT_EQ(op->builtin_options_as_Conv2DOptions()->padding(), tflite::schema::Padding::SAME);
  std::string valid;
  EXPECT_EQ(RoundTrip(OneNode("conv2d", "{activation=relu6}", {1, 8, 8, 3}, {{4, 3, 3, 3}, {4}}), &valid), conv);
  op = tflite::schema::GetModel(valid.data())->subgraphs()->Get(0)->operators()->Get(0);
  EXPECT_EQ(op->builtin_options_as_Conv2DOptions()->padding(), tflite::schema::Padding::VALID);
}

TEST(ToTflite, OtherBordersBecomeAPad) {
  EXPECT_EQ(RoundTrip(OneNode("conv2d", "{pad_top=1, pad_left=2}", {1, 8, 8, 3}, {{4, 3, 3, 3}, {4}})),
            (std::vector<BuiltinOperator>{BuiltinOperator::PAD, BuiltinOperator::CONV_2D}));
  EXPECT_EQ(RoundTrip(OneNode("max_pool2d", "{filter_h=3, filter_w=3, pad_top=2}", {1, 8, 8, 3}, {})),
            (std::vector<BuiltinOperator>{BuiltinOperator::PADV2, BuiltinOperator::MAX_POOL_2D}));
}

TEST(ToTflite, BuffersStandAtMultiplesOf16) {
  std::string file;
  RoundTrip(OneNode("depthwise_conv2d", "{}", {1, 8, 8, 3}, {{1, 3, 3, 6}, {6}}), &file);
  ASSERT_FALSE(file.empty());
  for (const auto* buffer : *tflite::schema::GetModel(file.data())->buffers()) {
    if (buffer->data() == nullptr) continue;
    EXPECT_EQ((reinterpret_cast<const char*>(buffer->data()->data()) - file.data()) % 16, 0);
  }
}

TEST(ToTflite, GatesAndNormsAreWrittenInParts) {
  EXPECT_EQ(RoundTrip(OneNode("unary", "{kind=silu}", {2, 5}, {})),
            (std::vector<BuiltinOperator>{BuiltinOperator::LOGISTIC, BuiltinOperator::MUL}));
  EXPECT_EQ(RoundTrip(OneNode("unary", "{kind=gelu_tanh}", {2, 5}, {})),
            std::vector<BuiltinOperator>{BuiltinOperator::GELU});
  const std::vector<BuiltinOperator> norm = {BuiltinOperator::MEAN,  BuiltinOperator::SQUARED_DIFFERENCE,
                                             BuiltinOperator::MEAN,  BuiltinOperator::ADD,
                                             BuiltinOperator::RSQRT, BuiltinOperator::SUB,
                                             BuiltinOperator::MUL,   BuiltinOperator::MUL,
                                             BuiltinOperator::ADD};
  EXPECT_EQ(RoundTrip(OneNode("layer_norm", "{epsilon=0.01}", {3, 5}, {{5}, {5}})), norm);
  const std::vector<BuiltinOperator> attention = {BuiltinOperator::BATCH_MATMUL, BuiltinOperator::MUL,
                                                  BuiltinOperator::ADD, BuiltinOperator::SOFTMAX,
                                                  BuiltinOperator::BATCH_MATMUL};
  EXPECT_EQ(RoundTrip(OneNode("attention", "{scale=0.5}", {2, 3, 4}, {{2, 6, 4}, {2, 6, 5}, {3, 6}})), attention);
}

TEST(ToTflite, WhatItCannotSayIsNamed) {
  const auto refused = to_tflite::ExportTflite(OneNode("unary", "{kind=erf}", {4}, {}));
  ASSERT_EQ(refused.code(), StatusCode::kUnsupported);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("'node' (unary) of kind erf"));
}

}  // namespace
}  // namespace verge::exported
