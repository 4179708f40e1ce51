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

TEST(Compile, AGraphWithoutOutputsIsRefused) {
  ir::Graph graph = SmallGraph();
  graph.outputs.clear();
  EXPECT_FALSE(Compile(std::move(graph)).ok());
}

}  // namespace
}  // namespace verge::compile
