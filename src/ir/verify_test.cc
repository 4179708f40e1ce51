#include "ir/verify.h"

#include <gtest/gtest.h>

#include "ir/text.h"

namespace verge::ir {
namespace {

Graph Good() {
  return Parse(
             "input x: f32[1, 4]\n"
             "const c: f32[4] = [1, 2, 3, 4]\n"
             "a = add(x, c)\n"
             "b = relu(a)\n"
             "output b\n")
      .value();
}

void ExpectError(const Graph& graph, const char* part) {
  const Status status = Verify(graph);
  ASSERT_FALSE(status.ok()) << Print(graph);
  EXPECT_NE(status.ToString().find(part), std::string::npos) << status.ToString();
}

ValueId Find(const Graph& graph, const char* name) {
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].name == name) return static_cast<ValueId>(i);
  }
  return kNoValue;
}

TEST(Verify, AcceptsAGoodGraph) { EXPECT_TRUE(Verify(Good()).ok()); }

TEST(Verify, RefusesIdsOutOfRange) {
  Graph graph = Good();
  graph.nodes[0].inputs[1] = 77;
  ExpectError(graph, "node 'a' (add) refers to value 77 of 4");
  graph = Good();
  graph.outputs[0] = kNoValue;
  ExpectError(graph, "the list of graph outputs refers to value");
  graph = Good();
  graph.nodes[1].op = 9999;
  ExpectError(graph, "unknown op 9999");
}

TEST(Verify, RefusesNamesTwiceAndNone) {
  Graph graph = Good();
  graph.values[0].name = "a";
  ExpectError(graph, "two values are called 'a'");
  graph = Good();
  graph.nodes[0].name = "b";
  ExpectError(graph, "two nodes are called 'b'");
  graph = Good();
  graph.values[1].name.clear();
  ExpectError(graph, "has no name");
}

TEST(Verify, RefusesConstantsOfTheWrongSize) {
  Graph graph = Good();
  graph.values[Find(graph, "c")].shape = {5};
  ExpectError(graph, "constant 'c' has 16 bytes, its type f32[5] wants 20");
  graph = Good();
  graph.values[Find(graph, "c")].quant.scales = {1};
  ExpectError(graph, "1 scales and 0 zero points");
}

TEST(Verify, RefusesDisorder) {
  Graph graph = Good();
  std::swap(graph.nodes[0], graph.nodes[1]);
  ExpectError(graph, "node 'b' (relu) uses value 'a' before anything defines it");
  graph = Good();
  graph.nodes[1].outputs[0] = Find(graph, "a");
  ExpectError(graph, "node 'b' (relu) defines value 'a' again");
  graph = Good();
  graph.nodes[1].outputs[0] = Find(graph, "c");
  ExpectError(graph, "defines value 'c' again");
  graph = Good();
  graph.inputs.push_back(graph.inputs[0]);
  ExpectError(graph, "the list of graph inputs defines value 'x' again");
}

TEST(Verify, RefusesTypesThatTheRulesDoNotMake) {
  Graph graph = Good();
  graph.values[Find(graph, "b")].shape = {1, 5};
  ExpectError(graph, "node 'b' (relu) makes f32[1, 4] but its output 'b' is f32[1, 5]");
  graph = Good();
  graph.values[Find(graph, "x")].shape = {1, 3};
  ExpectError(graph, "do not broadcast");
}

}  // namespace
}  // namespace verge::ir
