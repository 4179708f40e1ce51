// What the exporter makes of a graph, seen by the nodes of the file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "export/onnx/export.h"
#include "import/onnx/import.h"
#include "ir/evaluate.h"
#include "ops/attr_text.h"

namespace verge::exported {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::span<const std::byte> AsBytes(const std::string& text) { return std::as_bytes(std::span(text)); }

onnx::ModelDef Exported(const ir::Graph& graph, const to_onnx::ExportOptions& options = {}) {
  const Result<to_onnx::OnnxFile> file = to_onnx::ExportOnnx(graph, options);
  EXPECT_TRUE(file.ok()) << file.status().ToString();
  if (!file.ok()) return {};
  Result<onnx::ModelDef> model = onnx::ParseModel(AsBytes(file->model));
  EXPECT_TRUE(model.ok()) << model.status().ToString();
  return model.ok() ? std::move(model).value() : onnx::ModelDef();
}

std::vector<std::string> Ops(const onnx::ModelDef& model) {
  std::vector<std::string> ops;
  for (const onnx::NodeDef& node : model.graph.nodes) ops.push_back(node.op);
  return ops;
}

ir::ValueId Add(ir::Graph& graph, const char* name, const Shape& shape, DType dtype = DType::kF32) {
  return graph.AddValue({.name = name, .dtype = dtype, .shape = shape});
}

ir::ValueId Weights(ir::Graph& graph, const char* name, const Shape& shape) {
  const std::vector<float> numbers(shape.elems(), 0.25f);
  return graph.AddConstant(name, DType::kF32, shape, numbers.data());
}

void Node(ir::Graph& graph, const char* op, const char* name, std::vector<ir::ValueId> inputs, ir::ValueId output) {
  graph.AddNode(*ops::FindOp(op), name, std::move(inputs), {output});
}

// x -> conv -> relu6 -> depthwise -> + -> mean over height and width.
ir::Graph ImageNet() {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {1, 8, 8, 3});
  const ir::ValueId a = Add(graph, "a", {1, 8, 8, 4});
  const ir::ValueId b = Add(graph, "b", {1, 8, 8, 4});
  const ir::ValueId c = Add(graph, "c", {1, 8, 8, 4});
  const ir::ValueId d = Add(graph, "d", {1, 8, 8, 4});
  const ir::ValueId y = Add(graph, "y", {1, 4});
  Node(graph, "conv2d", "conv", {x, Weights(graph, "w", {4, 1, 1, 3}), Weights(graph, "bias", {4})}, a);
  Node(graph, "relu6", "act", {a}, b);
  Node(graph, "depthwise_conv2d", "dw", {b, Weights(graph, "v", {1, 1, 1, 4})}, c);
  Node(graph, "add", "sum", {c, b}, d);
  Node(graph, "reduce", "pool", {d}, y);
  const Result<ops::OpAttrs> mean =
      ops::ParseAttrs(ops::GetOp(*ops::FindOp("reduce")), "{kind=mean, axes=[1, 2], keep_dims=false}");
  graph.nodes.back().attrs = *mean;
  graph.inputs = {x};
  graph.outputs = {y};
  return graph;
}

TEST(ToOnnx, TransposesOnlyWhereAnImageEnters) {
  const onnx::ModelDef model = Exported(ImageNet());
  EXPECT_THAT(Ops(model), ElementsAre("Transpose", "Conv", "Clip", "Conv", "Add", "ReduceMean"));
  EXPECT_EQ(model.graph.inputs[0].name, "x");
  EXPECT_EQ(model.graph.inputs[0].type.dims, (std::vector<int64_t>{1, 8, 8, 3}));
  EXPECT_EQ(model.graph.outputs[0].name, "y");
  const auto weights = std::ranges::find(model.graph.initializers, "w", &onnx::TensorData::name);
  ASSERT_NE(weights, model.graph.initializers.end());
  EXPECT_EQ(weights->shape, (Shape{4, 3, 1, 1}));
}

TEST(ToOnnx, TheSameGraphGivesTheSameBytes) {
  const ir::Graph graph = ImageNet();
  const auto first = to_onnx::ExportOnnx(graph);
  const auto second = to_onnx::ExportOnnx(graph);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->model, second->model);
}

TEST(ToOnnx, QuantisedNumbersBecomeQdqWithOneScaleAChannel) {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {1, 4, 4, 2}, DType::kI8);
  const ir::ValueId real = Add(graph, "real", {1, 4, 4, 2});
  const ir::ValueId y = Add(graph, "y", {1, 4, 4, 2});
  graph.values[x].quant = {{0.5f, 0.25f}, {1, -3}, 3};
  Node(graph, "dequantize", "dq", {x}, real);
  Node(graph, "relu", "relu", {real}, y);
  graph.inputs = {x};
  graph.outputs = {y};
  const onnx::ModelDef model = Exported(graph);
  EXPECT_THAT(Ops(model), ElementsAre("DequantizeLinear", "Relu"));
  EXPECT_EQ(model.graph.nodes[0].attributes.at("axis").i, 3);
}

TEST(ToOnnx, AnOpThatNeedsItRaisesTheOpset) {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {4}, DType::kI32);
  const ir::ValueId y = Add(graph, "y", {4}, DType::kI32);
  graph.AddNode(*ops::FindOp("unary"), "flip", {x}, {y}).attrs =
      *ops::ParseAttrs(ops::GetOp(*ops::FindOp("unary")), "{kind=bit_not}");
  graph.inputs = {x};
  graph.outputs = {y};
  EXPECT_EQ(Exported(graph).opset, 18);
  const auto refused = to_onnx::ExportOnnx(graph, {.opset = 17});
  EXPECT_EQ(refused.code(), StatusCode::kUnsupported);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("'flip' (unary) wants opset 18"));
  EXPECT_EQ(to_onnx::ExportOnnx(graph, {.opset = 12}).code(), StatusCode::kInvalidArgument);
}

TEST(ToOnnx, AllNodesThatCannotBeWrittenAreNamed) {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {1, 4, 4, 1}, DType::kI64);
  const ir::ValueId a = Add(graph, "a", {1, 3, 3, 1}, DType::kI64);
  const ir::ValueId b = Add(graph, "b", {1, 2, 2, 1}, DType::kI64);
  const Result<ops::OpAttrs> attrs =
      ops::ParseAttrs(ops::GetOp(*ops::FindOp("pool_nd")),
                      "{strides=[1, 1], dilations=[1, 1], before=[0, 0], after=[0, 0], kernel=[2, 2], kind=max}");
  ASSERT_TRUE(attrs.ok()) << attrs.status().ToString();
  graph.AddNode(*ops::FindOp("pool_nd"), "first", {x}, {a}).attrs = *attrs;
  graph.AddNode(*ops::FindOp("pool_nd"), "second", {a}, {b}).attrs = *attrs;
  graph.inputs = {x};
  graph.outputs = {b};
  const auto refused = to_onnx::ExportOnnx(graph);
  ASSERT_EQ(refused.code(), StatusCode::kUnsupported);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("'first' (pool_nd)"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("'second' (pool_nd)"));
}

TEST(ToOnnx, LargeModelsKeepTheirWeightsBeside) {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {1, 32});
  const ir::ValueId y = Add(graph, "y", {1, 32});
  Node(graph, "matmul", "product", {x, Weights(graph, "w", {32, 32})}, y);
  graph.inputs = {x};
  graph.outputs = {y};
  EXPECT_EQ(to_onnx::ExportOnnx(graph, {.max_file_bytes = 2000}).code(), StatusCode::kResourceExhausted);
  const auto file = to_onnx::ExportOnnx(graph, {.weights_name = "m.data", .max_file_bytes = 2000});
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  ASSERT_EQ(file->weights.size(), 1U);
  onnx::ImportOptions options;
  options.external = [&](const std::string& name, uint64_t offset,
                         uint64_t length) -> Result<std::shared_ptr<const ir::Buffer>> {
    EXPECT_EQ(name, "m.data");
    EXPECT_EQ(offset, 0U);
    EXPECT_EQ(length, 4096U);
    return file->weights[0];
  };
  const Result<onnx::ModelDef> model = onnx::ParseModel(AsBytes(file->model), options.external);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  EXPECT_EQ(model->graph.initializers[0].shape, (Shape{32, 32}));
}

TEST(ToOnnx, StatesBecomeInputsAndOutputs) {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {1, 4});
  const ir::ValueId memory = Add(graph, "memory", {1, 4});
  const ir::ValueId y = Add(graph, "y", {1, 4});
  Node(graph, "add", "sum", {x, memory}, y);
  graph.inputs = {x};
  graph.outputs = {y};
  graph.states = {{memory, y, ir::kNoValue}};
  const onnx::ModelDef model = Exported(graph);
  ASSERT_EQ(model.graph.inputs.size(), 2U);
  EXPECT_EQ(model.graph.inputs[1].name, "memory");
  ASSERT_EQ(model.graph.outputs.size(), 2U);
  EXPECT_EQ(model.graph.outputs[1].name, "memory.next");
  ASSERT_EQ(model.metadata.size(), 1U);
  EXPECT_EQ(model.metadata[0].first, "verge.state.memory");
  EXPECT_EQ(model.metadata[0].second, R"({"next": "memory.next", "initial": 0})");
}

// y = x (op) x
ir::Graph Doubled(const char* op, const Shape& shape) {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", shape);
  const ir::ValueId y = Add(graph, "y", shape);
  Node(graph, op, "twice", {x, x}, y);
  graph.inputs = {x};
  graph.outputs = {y};
  return graph;
}

TEST(ToOnnx, BranchesBecomeIf) {
  ir::Graph graph;
  const ir::ValueId c = Add(graph, "c", {1}, DType::kBool);
  const ir::ValueId x = Add(graph, "x", {3});
  const ir::ValueId y = Add(graph, "y", {3});
  Node(graph, "if", "choice", {c, x}, y);
  graph.nodes[0].subgraphs = {0, 1};
  graph.subgraphs = {Doubled("add", {3}), Doubled("mul", {3})};
  graph.inputs = {c, x};
  graph.outputs = {y};
  const auto file = to_onnx::ExportOnnx(graph);
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  const auto again = onnx::Import(AsBytes(file->model));
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  const float numbers[] = {1, -2, 5};
  for (const bool condition : {true, false}) {
    const std::vector<ir::BufferPtr> inputs = {ir::Buffer::CopyOf(&condition, 1), ir::Buffer::CopyOf(numbers, 12)};
    const auto got = ir::Evaluate(*again, inputs);
    ASSERT_TRUE(got.ok()) << got.status().ToString();
    const auto* values = reinterpret_cast<const float*>((*got)[0]->data());
    const std::vector<float> found(values, values + 3);
    EXPECT_EQ(found, condition ? (std::vector<float>{2, -4, 10}) : (std::vector<float>{1, 4, 25}));
  }
}

TEST(ToOnnx, LoopsAskBeforeEachRound) {
  ir::Graph condition;
  const ir::ValueId s = Add(condition, "s", {1});
  const ir::ValueId go_on = Add(condition, "go_on", {1}, DType::kBool);
  Node(condition, "compare", "small", {s, Weights(condition, "limit", {1})}, go_on);
  condition.nodes[0].attrs = *ops::ParseAttrs(ops::GetOp(*ops::FindOp("compare")), "{kind=less}");
  condition.inputs = {s};
  condition.outputs = {go_on};
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {1});
  const ir::ValueId y = Add(graph, "y", {1});
  Node(graph, "while", "loop", {x}, y);
  graph.nodes[0].subgraphs = {0, 1};
  graph.subgraphs = {condition, Doubled("add", {1})};
  graph.inputs = {x};
  graph.outputs = {y};
  const onnx::ModelDef model = Exported(graph);
  EXPECT_THAT(Ops(model), ElementsAre("Less", "Reshape", "Loop"));
  const auto& body = *model.graph.nodes.back().attributes.at("body").graph;
  ASSERT_EQ(body.inputs.size(), 3U);
  ASSERT_EQ(body.outputs.size(), 2U);
  EXPECT_THAT(body.nodes[0].op, "Add");
  EXPECT_THAT(body.nodes[1].op, "Less");
}

TEST(ToOnnx, AnInputThatIsAnOutputKeepsBothNames) {
  ir::Graph graph;
  const ir::ValueId x = Add(graph, "x", {2, 3});
  const ir::ValueId y = Add(graph, "y", {3, 2});
  graph.AddNode(*ops::FindOp("transpose"), "turn", {x}, {y}).attrs =
      *ops::ParseAttrs(ops::GetOp(*ops::FindOp("transpose")), "{perm=[1, 0]}");
  graph.inputs = {x};
  graph.outputs = {y, x};
  const onnx::ModelDef model = Exported(graph);
  EXPECT_EQ(model.graph.outputs[0].name, "y");
  EXPECT_THAT(model.graph.outputs[1].name, StartsWith("x"));
  EXPECT_THAT(Ops(model), ElementsAre("Transpose", "Identity"));
}

}  // namespace
}  // namespace verge::exported
