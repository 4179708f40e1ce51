// States and control flow all the way: text, evaluator, .vg file, runtime.
#include <gtest/gtest.h>

#include "compile/compile.h"
#include "format/model/model.h"
#include "ir/evaluate.h"
#include "ir/text.h"
#include "runtime/session.h"

namespace verge {
namespace {

// y = sum of all x so far, starting at 10.
constexpr const char* kAccumulator = R"(graph "accumulator"
input x: f32[2]
const ten: f32[2] = [10, 10]
state sum: f32[2] = ten
y: f32[2] = add(sum, x)
output y
next sum = y
)";

// y = |x| + count, by an if; the state counts runs whose x was negative.
constexpr const char* kBranches = R"(graph "branches"
input x: f32[1]
input is_negative: bool[1]
const zero: f32[1] = [0]
state count: f32[1] = _
subgraph "negate"
input a: f32[1]
input n: f32[1]
const one: f32[1] = [1]
const minus: f32[1] = [-1]
b: f32[1] = mul(a, minus)
m: f32[1] = add(n, one)
output b
output m
end
subgraph "keep"
input a: f32[1]
input n: f32[1]
output a
output n
end
r: f32[1], count2: f32[1] = if(is_negative, x, count) <0, 1>
y: f32[1] = add(r, count2)
output y
next count = count2
)";

// x doubled until it is 100 or more; each step is counted.
constexpr const char* kLoop = R"(graph "loop"
input x: f32[1]
const zero: f32[1] = [0]
subgraph "small"
input v: f32[1]
input n: f32[1]
const limit: f32[1] = [100]
c: bool[1] = compare(v, limit) {kind=less}
output c
end
subgraph "double"
input v: f32[1]
input n: f32[1]
const one: f32[1] = [1]
w: f32[1] = add(v, v)
m: f32[1] = add(n, one)
output w
output m
end
y: f32[1], steps: f32[1] = while(x, zero) <0, 1>
output y
output steps
)";

ir::Graph Read(const char* text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? std::move(graph).value() : ir::Graph();
}

struct Loaded {
  std::shared_ptr<format::AlignedBytes> bytes;
  std::unique_ptr<runtime::Session> session;
};

Loaded Load(const ir::Graph& graph, bool optimize = true) {
  Loaded loaded;
  Result<compile::Compiled> compiled = compile::Compile(graph, {.optimize = optimize});
  EXPECT_TRUE(compiled.ok()) << compiled.status().ToString();
  if (!compiled.ok()) return loaded;
  loaded.bytes = std::make_shared<format::AlignedBytes>(std::move(compiled->bytes));
  auto verified = format::VerifiedModel::Verify(loaded.bytes->bytes(), loaded.bytes);
  EXPECT_TRUE(verified.ok()) << verified.status().ToString();
  auto model = runtime::Model::Load(std::move(verified).value());
  EXPECT_TRUE(model.ok()) << model.status().ToString();
  auto session = runtime::Session::Create(*model);
  EXPECT_TRUE(session.ok()) << session.status().ToString();
  loaded.session = std::make_unique<runtime::Session>(std::move(session).value());
  return loaded;
}

float RunOnce(runtime::Session& session, float x, size_t output = 0) {
  session.input(0).as<float>()[0] = x;
  session.Run();
  return session.output(output).as<float>()[0];
}

TEST(State, IsKeptFromRunToRunAndReset) {
  for (const bool optimize : {true, false}) {
    const Loaded loaded = Load(Read(kAccumulator), optimize);
    EXPECT_EQ(RunOnce(*loaded.session, 1), 11);
    EXPECT_EQ(RunOnce(*loaded.session, 2), 13);
    loaded.session->ResetState();
    EXPECT_EQ(RunOnce(*loaded.session, 5), 15);
  }
}

TEST(State, EvaluatorAgrees) {
  const ir::Graph graph = Read(kAccumulator);
  const float x[] = {3, 4};
  const std::vector<ir::BufferPtr> inputs = {ir::Buffer::CopyOf(x, sizeof(x))};
  std::vector<ir::BufferPtr> states(1);
  for (const float want : {14.0F, 18.0F}) {
    const auto out = ir::Evaluate(graph, inputs, &states);
    ASSERT_TRUE(out.ok()) << out.status().ToString();
    EXPECT_EQ(reinterpret_cast<const float*>((*out)[0]->data())[1], want);
  }
}

TEST(Control, IfRunsOneBranch) {
  const Loaded loaded = Load(Read(kBranches));
  bool* const is_negative = loaded.session->input(1).as<bool>();
  *is_negative = true;
  EXPECT_EQ(RunOnce(*loaded.session, -7), 8);
  EXPECT_EQ(RunOnce(*loaded.session, -7), 9);
  *is_negative = false;
  EXPECT_EQ(RunOnce(*loaded.session, 5), 7);
}

TEST(Control, WhileRunsAsLongAsItsConditionSays) {
  const Loaded loaded = Load(Read(kLoop));
  EXPECT_EQ(RunOnce(*loaded.session, 3), 192);
  EXPECT_EQ(loaded.session->output(1).as<float>()[0], 6);
  EXPECT_EQ(RunOnce(*loaded.session, 500), 500);
  EXPECT_EQ(loaded.session->output(1).as<float>()[0], 0);
  const float x = 25;
  const std::vector<ir::BufferPtr> inputs = {ir::Buffer::CopyOf(&x, sizeof(x))};
  const auto out = ir::Evaluate(Read(kLoop), inputs);
  ASSERT_TRUE(out.ok()) << out.status().ToString();
  EXPECT_EQ(reinterpret_cast<const float*>((*out)[0]->data())[0], 100);
}

TEST(Control, TextComesBack) {
  for (const char* text : {kAccumulator, kBranches, kLoop}) {
    const std::string printed = ir::Print(Read(text));
    EXPECT_EQ(ir::Print(Read(printed.c_str())), printed);
    EXPECT_NE(printed.find(text == kAccumulator ? "next sum = y" : "subgraph"), std::string::npos) << printed;
  }
}

std::string Refusal(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  text.replace(at, from.size(), to);
  return std::string(ir::Parse(text).status().message());
}

TEST(Control, WhatDoesNotFitIsRefused) {
  EXPECT_NE(Refusal(kAccumulator, "next sum = y", "next sum = x2").find("x2"), std::string::npos);
  EXPECT_NE(Refusal(kAccumulator, "next sum = y\n", "").find("list of states"), std::string::npos);
  EXPECT_NE(Refusal(kAccumulator, "next sum = y", "next sum = sum").find("is the state"), std::string::npos);
  EXPECT_NE(Refusal(kAccumulator, "sum: f32[2] = ten", "sum: f32[1] = ten").find("type"), std::string::npos);
  EXPECT_NE(Refusal(kBranches, "<0, 1>", "<0>").find("wants 2"), std::string::npos);
  EXPECT_NE(Refusal(kBranches, "<0, 1>", "<0, 7>").find("not there"), std::string::npos);
  const std::string cut = std::string(kBranches).substr(0, std::string_view(kBranches).find("end"));
  EXPECT_NE(ir::Parse(cut).status().message().find("within a subgraph"), std::string::npos);
  EXPECT_NE(Refusal(kBranches, "output a\noutput n", "output a").find("outputs of the subgraph"), std::string::npos);
  EXPECT_NE(Refusal(kLoop, "output c\n", "output v\n").find("wants one element of bool"), std::string::npos);
  EXPECT_NE(Refusal(kLoop, "output w\n", "").find("outputs of the body"), std::string::npos);
}

}  // namespace
}  // namespace verge
