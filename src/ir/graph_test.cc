#include "ir/graph.h"

#include <gtest/gtest.h>

#include "ops/op_ids.h"

namespace verge::ir {
namespace {

Graph OneRelu() {
  Graph graph;
  const ValueId x = graph.AddValue({.name = "x", .shape = {2, 3}});
  const ValueId unused = graph.AddValue({.name = "unused"});
  const ValueId y = graph.AddValue({.name = "y"});
  (void)unused;
  graph.AddNode(ops::ids::kRelu, "r", {x}, {y});
  graph.inputs = {x};
  graph.outputs = {y};
  return graph;
}

TEST(Buffer, IsAlignedZeroedAndCopies) {
  const auto zero = Buffer::Allocate(100);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(zero->data()) % 64, 0u);
  for (size_t i = 0; i < zero->size(); ++i) EXPECT_EQ(zero->data()[i], std::byte{0});
  const float value = 1.5f;
  const auto copy = Buffer::CopyOf(&value, sizeof(value));
  EXPECT_EQ(*reinterpret_cast<const float*>(copy->data()), 1.5f);
  EXPECT_NE(Buffer::Allocate(0)->data(), nullptr);
}

TEST(Graph, InferTypesSetsOutputs) {
  Graph graph = OneRelu();
  ASSERT_TRUE(InferTypes(graph).ok());
  EXPECT_EQ(graph.value(2).shape, (Shape{2, 3}));
}

TEST(Graph, InferTypesNamesTheNodeThatFails) {
  Graph graph = OneRelu();
  graph.values[0].dtype = DType::kI32;
  const Status status = InferTypes(graph);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.ToString().find("node 'r' (relu): input 0 (x) is i32"), std::string::npos) << status.ToString();
}

TEST(Graph, CompactRenumbers) {
  Graph graph = OneRelu();
  Compact(graph);
  ASSERT_EQ(graph.values.size(), 2u);
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
  EXPECT_EQ(graph.nodes[0].inputs, std::vector<ValueId>{0});
  EXPECT_EQ(graph.nodes[0].outputs, std::vector<ValueId>{1});
}

TEST(Graph, CopiesShareConstants) {
  Graph graph;
  const std::vector<float> w = {1, 2};
  graph.AddConstant("w", DType::kF32, {2}, w.data());
  const Graph copy = graph;
  EXPECT_EQ(copy.value(0).constant->data(), graph.value(0).constant->data());
}

}  // namespace
}  // namespace verge::ir
