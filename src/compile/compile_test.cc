#include "compile/compile.h"

#include <gtest/gtest.h>

#include "format/model/model.h"
#include "ops/op_def.h"

namespace verge::compile {
namespace {

TEST(Import, UnknownBytesAreUnsupported) {
  const std::vector<std::byte> bytes(100, std::byte{7});
  const auto graph = Import(bytes, "cat.onnx");
  EXPECT_EQ(graph.code(), StatusCode::kUnsupported);
  EXPECT_NE(graph.status().message().find("cat.onnx"), std::string_view::npos);
  EXPECT_EQ(Import({}, "empty").code(), StatusCode::kUnsupported);
}

TEST(Import, GraphWrittenAsTextIsRead) {
  const std::string text = "graph \"one\"\ninput x: f32[2]\ny = relu(x)\noutput y\n";
  const auto bytes = std::as_bytes(std::span(text));
  const auto graph = Import(bytes, "one.graph");
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->nodes.size(), 1U);
  EXPECT_EQ(Import(bytes, "one.graph", {.shapes = {{"x", {2, 3}}}}).code(), StatusCode::kInvalidArgument);
  const std::string broken = text + "output nothing\n";
  const auto refused = Import(std::as_bytes(std::span(broken)), "broken.graph");
  EXPECT_NE(refused.status().message().find("line 5"), std::string_view::npos) << refused.status().ToString();
}

// An ONNX model: y = relu(x), x f32 ["n", "length"]. Field numbers are those of onnx.proto.
std::string OpenOnnx() {
  const auto field = [](char tag, const std::string& bytes) {
    return std::string{tag, static_cast<char>(bytes.size())} + bytes;
  };
  const std::string dims = field(0x0a, field(0x12, "n")) + field(0x0a, field(0x12, "length"));
  const std::string type = field(0x12, field(0x0a, std::string("\x08\x01", 2) + field(0x12, dims)));
  const std::string any = field(0x12, field(0x0a, std::string("\x08\x01", 2)));
  const std::string node = field(0x0a, field(0x0a, "x") + field(0x12, "y") + field(0x22, "Relu"));
  const std::string graph = node + field(0x5a, field(0x0a, "x") + type) + field(0x62, field(0x0a, "y") + any);
  return std::string("\x08\x08", 2) + field(0x3a, graph) + field(0x42, std::string("\x10\x0d", 2));
}

TEST(Import, OnnxModelTakesShapesAndValues) {
  const std::string model = OpenOnnx();
  const auto bytes = std::as_bytes(std::span(model.data(), model.size()));
  const auto open = Import(bytes, "open.onnx");
  EXPECT_NE(open.status().message().find("'x' has the unknown dimension 1 ('length')"), std::string_view::npos)
      << open.status().ToString();
  const auto graph = Import(bytes, "open.onnx", {.shapes = {{"x", {2, 3}}}});
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->value(graph->outputs[0]).shape, (Shape{2, 3}));
  const auto known = Import(bytes, "open.onnx", {.shapes = {{"x", {2, 3}}}, .values = {{"x", -1.0}}});
  ASSERT_TRUE(known.ok()) << known.status().ToString();
  EXPECT_TRUE(known->inputs.empty());
  EXPECT_TRUE(known->value(known->outputs[0]).is_constant());
  EXPECT_EQ(Import(bytes, "open.onnx", {.shapes = {{"z", {1}}}}).code(), StatusCode::kInvalidArgument);
}

ir::Graph SmallGraph() {
  ir::Graph graph;
  graph.name = "small";
  const float two[] = {2, 2, 2};
  const ir::ValueId x = graph.AddValue({.name = "x\n", .dtype = DType::kF32, .shape = {1, 3}});
  const ir::ValueId c = graph.AddConstant("c", DType::kF32, {3}, two);
  const ir::ValueId lost = graph.AddConstant("lost", DType::kF32, {3}, two);
  const ir::ValueId y = graph.AddValue({.name = "y", .dtype = DType::kF32, .shape = {1, 3}});
  const ops::OpId add = *ops::FindOp("add");
  ops::GetOp(add).init_attrs(graph.AddNode(add, "sum", {x, c}, {y}).attrs);
  graph.inputs = {x};
  graph.outputs = {y};
  graph.metadata = {{"author", "nobody"}};
  (void)lost;
  return graph;
}

TEST(Compile, WritesWhatTheGraphSays) {
  const auto compiled = Compile(SmallGraph());
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  EXPECT_EQ(compiled->passes.size(), opt::AllPasses().size());
  const auto model = format::VerifiedModel::Verify(compiled->bytes.bytes(), nullptr);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  const format::ModelTables& t = model->tables();
  EXPECT_EQ(t.name, "small");
  ASSERT_EQ(t.values.size(), 3U);  // nothing refers to `lost`
  EXPECT_EQ(t.values[t.inputs[0]].name, "x_");
  ASSERT_EQ(t.nodes.size(), 1U);
  EXPECT_EQ(t.nodes[0].name, "sum");
  EXPECT_EQ(t.metadata[0].second, "nobody");
}

TEST(Compile, TheSameGraphGivesTheSameBytes) {
  const auto a = Compile(SmallGraph()), b = Compile(SmallGraph());
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_TRUE(std::ranges::equal(a->bytes.bytes(), b->bytes.bytes()));
}

TEST(Compile, PassesCanBeSwitchedOff) {
  const auto plain = Compile(SmallGraph(), {.optimize = false});
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(plain->passes.empty());
  const auto skipped = Compile(SmallGraph(), {.skip_passes = {"fold_constants"}});
  ASSERT_TRUE(skipped.ok());
  EXPECT_EQ(skipped->passes.size() + 1, opt::AllPasses().size());
  const auto unknown = Compile(SmallGraph(), {.skip_passes = {"fold_everything"}});
  EXPECT_EQ(unknown.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(unknown.status().message().find("fold_constants"), std::string_view::npos) << unknown.status().ToString();
}

TEST(Raise, GivesTheGraphBack) {
  ir::Graph graph = SmallGraph();
  graph.values[graph.inputs[0]].name = "x";
  const ir::ValueId memory = graph.AddValue({.name = "memory", .dtype = DType::kF32, .shape = {1, 3}});
  const float ones[] = {1, 1, 1};
  const ir::ValueId initial = graph.AddConstant("ones", DType::kF32, {1, 3}, ones);
  const ir::ValueId next = graph.AddValue({.name = "next", .dtype = DType::kF32, .shape = {1, 3}});
  const ops::OpId add = *ops::FindOp("add");
  graph.AddNode(add, "more", {memory, graph.outputs[0]}, {next});
  graph.states = {{memory, next, initial}};
  const auto compiled = Compile(graph, {.optimize = false});
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  const auto model = format::VerifiedModel::Verify(compiled->bytes.bytes(), nullptr);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  const auto raised = Raise(*model);
  ASSERT_TRUE(raised.ok()) << raised.status().ToString();
  EXPECT_EQ(raised->nodes.size(), 2U);
  EXPECT_EQ(raised->metadata, graph.metadata);
  ASSERT_EQ(raised->states.size(), 1U);
  EXPECT_NE(raised->states[0].initial, ir::kNoValue);
  const ir::Value& ones_again = raised->value(raised->states[0].initial);
  EXPECT_EQ(ones_again.shape, (Shape{1, 3}));
  ASSERT_TRUE(ones_again.is_constant());
  EXPECT_EQ(*reinterpret_cast<const float*>(ones_again.constant->data()), 1.0f);
  // What is raised once more is the same.
  const auto again = Compile(*raised, {.optimize = false});
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  const auto model_again = format::VerifiedModel::Verify(again->bytes.bytes(), nullptr);
  ASSERT_TRUE(model_again.ok()) << model_again.status().ToString();
  const auto raised_again = Raise(*model_again);
  ASSERT_TRUE(raised_again.ok()) << raised_again.status().ToString();
  EXPECT_EQ(raised_again->nodes[1].name, raised->nodes[1].name);
  EXPECT_EQ(raised_again->values.size(), raised->values.size());
}

TEST(Compile, StorageChangesTheFileAndNotTheGraph) {
  ir::Graph graph = SmallGraph();
  const std::vector<float> values(600, 0.5F);
  const ir::ValueId added = graph.AddConstant("added", DType::kF32, {200, 3}, values.data());
  const ir::ValueId sum = graph.AddValue({.name = "wide", .dtype = DType::kF32, .shape = {200, 3}});
  graph.AddNode(*ops::FindOp("add"), "widen", {graph.outputs[0], added}, {sum});
  graph.outputs = {sum};
  const auto plain = Compile(graph, {.optimize = false});
  const auto small = Compile(graph, {.optimize = false, .storage = format::StorageOptions::Compressed()});
  ASSERT_TRUE(plain.ok() && small.ok()) << plain.status().ToString() << small.status().ToString();
  EXPECT_LT(small->bytes.bytes().size() + 2000, plain->bytes.bytes().size());
  const auto model = format::VerifiedModel::Verify(small->bytes.bytes(), nullptr);
  ASSERT_TRUE(model.ok());
  const auto raised = Raise(*model);
  ASSERT_TRUE(raised.ok()) << raised.status().ToString();
  const auto again = Compile(*raised, {.optimize = false});
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(std::ranges::equal(again->bytes.bytes(), plain->bytes.bytes()));
}

TEST(Compile, AGraphWithoutOutputsIsRefused) {
  ir::Graph graph = SmallGraph();
  graph.outputs.clear();
  EXPECT_FALSE(Compile(std::move(graph)).ok());
}

}  // namespace
}  // namespace verge::compile
