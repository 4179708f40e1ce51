#include "ir/text.h"

#include <gtest/gtest.h>

namespace verge::ir {
namespace {

constexpr const char* kText = R"(graph "g"
meta "description" = "two\nlines \"quoted\""
input x: f32[1, 2, 2, 3]
const w: f32[2, 1, 1, 3] = [1, 2, 3, 4, 5, -0.1]
const zero: f32[8] = fill(0)
const half: f16[3] = [1, 0.5, -65504]
const q: i8[2, 2] quant(scales=[0.5, 0.25], zero_points=[0, -3], axis=1) = [0, -128, 1, 127]
y: f32[1, 2, 2, 2] = conv2d(x, w, _) {activation=relu} "first;node"
"odd name": f32[1, 8] = reshape(y) {shape=[1, -1]}
z: f32[1, 8] = add("odd name", zero)
output z
)";

TEST(Text, RoundTrips) {
  const Result<Graph> graph = Parse(kText);
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->nodes.size(), 3u);
  EXPECT_EQ(graph->nodes[0].name, "first;node");
  EXPECT_EQ(graph->nodes[0].inputs[2], kNoValue);
  EXPECT_EQ(graph->metadata[0].second, "two\nlines \"quoted\"");
  EXPECT_EQ(Print(*graph), kText);
}

TEST(Text, TypesAndNamesMayBeLeftOut) {
  const Result<Graph> graph =
      Parse("input x: f32[2, 3]\n  # a comment\n\ny = reshape(x) {shape=[-1]} # another\noutput y");
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(Print(*graph), "graph \"\"\ninput x: f32[2, 3]\ny: f32[6] = reshape(x) {shape=[-1]}\noutput y\n");
}

TEST(Text, LargeConstantsPrintAsDigestsWhichAreNotReadBack) {
  const std::string text = "const w: i32[3] = [1, 2, 3]\n";
  const Result<Graph> graph = Parse(text);
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  const std::string printed = Print(*graph, {.max_inline_elems = 2});
  EXPECT_NE(printed.find("const w: i32[3] = digest("), std::string::npos) << printed;
  const Result<Graph> again = Parse(printed);
  ASSERT_FALSE(again.ok());
  EXPECT_NE(again.status().ToString().find("line 2: constant 'w' is written as a digest"), std::string::npos);
  const Result<Graph> other = Parse("const w: i32[3] = [1, 2, 4]\n");
  ASSERT_TRUE(other.ok());
  EXPECT_NE(Print(*other, {.max_inline_elems = 2}), printed);
}

void ExpectError(const char* text, const char* part) {
  const Result<Graph> graph = Parse(text);
  ASSERT_FALSE(graph.ok()) << text;
  EXPECT_NE(graph.status().ToString().find(part), std::string::npos) << graph.status().ToString();
}

TEST(Text, ErrorsNameTheLineAndTheMistake) {
  ExpectError("input x: f32[1]\ny = warp(x)", "line 2: no op is called 'warp'");
  ExpectError("y = relu(x)", "line 1: uses 'x' before anything defines it");
  ExpectError("input x: f32[1]\ninput x: f32[1]", "line 2: defines 'x' again");
  ExpectError("input x: f33[1]", "knows no element type 'f33'");
  ExpectError("input x: f32[1, -2]", "negative dimensions");
  ExpectError("input x: f32[1,1,1,1,1,1,1,1,1]", "more than 8");
  ExpectError("input x: f32[1]\ny: f32[2] = relu(x)", "says that 'y' is f32[2]; the op makes f32[1]");
  ExpectError("const c: u8[2] = [1, 256]", "wants [2 numbers]");
  ExpectError("const c: u8[2] = [1]", "wants [2 numbers]");
  ExpectError("const c: u8[9999999999999] = fill(0)", "more bytes of constants than the limit");
  ExpectError("input x: f32[1]\ny = relu(x) {a=1}", "relu has no attribute a");
  ExpectError("input x: f32[1] what", "has more than it should before 'what'");
  ExpectError("graph \"a\\q\"", "bad escape");
  ExpectError("graph \"a", "wants '\"' at the end");
  ExpectError("y", "wants '='");
}

}  // namespace
}  // namespace verge::ir
