// Models with memory and control flow: what graphs they become, and what they compute run after run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "import/tflite/import.h"
#include "import/tflite/model_builder.h"
#include "ir/evaluate.h"
#include "ir/text.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::TensorType;
using testing::ElementsAre;
using testing::HasSubstr;

Result<ir::Graph> ImportBytes(const std::vector<uint8_t>& file, const ImportLimits& limits = {}) {
  return Import(std::as_bytes(std::span(file)), limits);
}

std::string Text(const std::vector<uint8_t>& file) {
  const Result<ir::Graph> graph = ImportBytes(file);
  return graph.ok() ? ir::Print(*graph) : graph.status().ToString();
}

// Runs a graph again and again, keeping its states.
class Runs {
 public:
  explicit Runs(const std::vector<uint8_t>& file) {
    Result<ir::Graph> graph = ImportBytes(file);
    EXPECT_TRUE(graph.ok()) << graph.status().ToString();
    if (graph.ok()) graph_ = std::move(graph).value();
    states_.resize(graph_.states.size());
  }
  const ir::Graph& graph() const { return graph_; }

  // Output 0 for inputs of f32, i32 or bool, each given as floats.
  std::vector<float> Run(const std::vector<std::vector<float>>& inputs) {
    std::vector<ir::BufferPtr> buffers;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const ir::Value& value = graph_.value(graph_.inputs[i]);
      const auto buffer = ir::Buffer::Allocate(value.type().CheckedBytes().value_or(0));
      for (size_t k = 0; k < inputs[i].size(); ++k) {
        std::byte* at = buffer->mutable_data() + k * DTypeBytes(value.dtype);
        if (value.dtype == DType::kF32) std::memcpy(at, &inputs[i][k], sizeof(float));
        if (value.dtype == DType::kBool) *at = static_cast<std::byte>(inputs[i][k] != 0);
      }
      buffers.push_back(buffer);
    }
    const Result<std::vector<ir::BufferPtr>> outputs = ir::Evaluate(graph_, buffers, &states_);
    EXPECT_TRUE(outputs.ok()) << outputs.status().ToString();
    if (!outputs.ok()) return {};
    std::vector<float> out((*outputs)[0]->size() / sizeof(float));
    std::memcpy(out.data(), (*outputs)[0]->data(), (*outputs)[0]->size());
    return out;
  }

 private:
  ir::Graph graph_;
  std::vector<ir::BufferPtr> states_;
};

int32_t Handle(ModelBuilder& b, const char* name) {
  const int32_t handle = b.AddTensor("", {}, TensorType::RESOURCE);
  const auto key = b.fbb().CreateString(name);
  b.AddOperator(BuiltinOperator::VAR_HANDLE, {}, {handle}, BuiltinOptions::VarHandleOptions,
                schema::CreateVarHandleOptions(b.fbb(), 0, key).Union());
  return handle;
}

int32_t Read(ModelBuilder& b, int32_t handle, const char* name) {
  const int32_t value = b.AddTensor(name, {2});
  b.AddOperator(BuiltinOperator::READ_VARIABLE, {handle}, {value});
  return value;
}

void Assign(ModelBuilder& b, int32_t handle, int32_t value) {
  b.AddOperator(BuiltinOperator::ASSIGN_VARIABLE, {handle, value}, {});
}

int32_t Add(ModelBuilder& b, int32_t x, int32_t y, const char* name) {
  const int32_t sum = b.AddTensor(name, {2});
  b.AddOperator(BuiltinOperator::ADD, {x, y}, {sum}, BuiltinOptions::AddOptions,
                schema::CreateAddOptions(b.fbb()).Union());
  return sum;
}

void CallOnce(ModelBuilder& b, int32_t subgraph) {
  b.AddOperator(BuiltinOperator::CALL_ONCE, {}, {}, BuiltinOptions::CallOnceOptions,
                schema::CreateCallOnceOptions(b.fbb(), subgraph).Union());
}

TEST(States, AStreamOfEverything) {
  const std::string text = Text(BuildStream());
  EXPECT_THAT(text, HasSubstr("state h: f32[1, 5] = _\nstate c: f32[1, 5] = _\nstate memory: f32[1, 12] = _\n"
                              "state old_sum: f32[1, 4] = old_sum/initial\n"));
  EXPECT_THAT(text, HasSubstr("const old_sum/initial: f32[1, 4] = [1, 2, 3, 4]\n"));
  EXPECT_THAT(text,
              HasSubstr("lstm: f32[1, 3, 5], h/next: f32[1, 5], c/next: f32[1, 5] = lstm(x, w0, w1, w2, w3, r0, "
                        "r1, r2, r3, _, _, _, b0, b1, b2, b3, _, _, h, c, _, _, _, _) {cell_clip=10} \"lstm_1\""));
  EXPECT_THAT(text, HasSubstr("svdf: f32[1, 4], memory/next: f32[1, 12] = svdf(flat, feature, time, _, memory) "
                              "{activation=relu} \"svdf_3\""));
  EXPECT_THAT(text, HasSubstr("chosen: f32[1, 4] = if(enough, new_sum) <0, 1> \"if_8\""));
  EXPECT_THAT(text, HasSubstr("= while(enough, chosen) <2, 3> \"while_9\""));
  EXPECT_THAT(text, HasSubstr("next h = h/next\nnext c = c/next\nnext memory = memory/next\nnext old_sum = new_sum\n"));
}

TEST(States, AVariableKeepsItsSum) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  CallOnce(b, 1);
  const int32_t handle = Handle(b, "sum");
  const int32_t sum = Add(b, x, Read(b, handle, "old"), "sum");
  Assign(b, handle, sum);
  b.EndSubgraph({x}, {sum});
  const int32_t first = b.AddConstant<float>("first", {2}, TensorType::FLOAT32, {100, 200});
  const int32_t twice = Add(b, first, first, "twice");  // computed once, at import
  Assign(b, Handle(b, "sum"), twice);
  Runs runs(b.Finish({}, {}));
  EXPECT_THAT(runs.Run({{1, 2}}), ElementsAre(201, 402));
  EXPECT_THAT(runs.Run({{10, 20}}), ElementsAre(211, 422));
}

TEST(States, ReadsAndAssignmentsFollowTheOrderOfTheFile) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  const int32_t handle = Handle(b, "v");
  const int32_t one = Add(b, Read(b, handle, "a"), x, "one");  // the old value and x
  Assign(b, handle, one);
  const int32_t again = Handle(b, "v");
  const int32_t two = Add(b, Read(b, again, "b"), one, "two");  // twice that
  Assign(b, again, x);
  Runs runs(b.Finish({x}, {two}));
  EXPECT_THAT(runs.Run({{1, 2}}), ElementsAre(2, 4));
  EXPECT_THAT(runs.Run({{10, 10}}), ElementsAre(22, 24));
  EXPECT_EQ(runs.graph().states.size(), 1u);
}

TEST(States, AShiftRegisterCopies) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  const int32_t newer = Handle(b, "newer");
  const int32_t older = Handle(b, "older");
  const int32_t last = Read(b, older, "last");
  Assign(b, older, Read(b, newer, "middle"));
  Assign(b, newer, x);
  const int32_t zero = b.AddConstant<float>("zero", {2}, TensorType::FLOAT32, {0, 0});
  const int32_t y = Add(b, last, zero, "y");
  Runs runs(b.Finish({x}, {y}));
  EXPECT_THAT(runs.Run({{1, 2}}), ElementsAre(0, 0));
  EXPECT_THAT(runs.Run({{3, 4}}), ElementsAre(0, 0));
  EXPECT_THAT(runs.Run({{5, 6}}), ElementsAre(1, 2));
  EXPECT_THAT(runs.Run({{5, 6}}), ElementsAre(3, 4));
}

TEST(States, WhatNothingAssignsIsAConstant) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  const int32_t y = Add(b, x, Read(b, Handle(b, "v"), "v"), "y");
  EXPECT_THAT(Text(b.Finish({x}, {y})), HasSubstr("const v: f32[2] = [0, 0]"));
}

TEST(States, AnIntegerVariableBeginsAtItsZeroPoint) {
  ModelBuilder b;
  b.SetNext({.scales = {0.5f}, .zero_points = {0}});
  const int32_t x = b.AddTensor("x", {1, 2}, TensorType::INT8);
  std::vector<int32_t> in(24, -1);
  in[0] = x;
  for (size_t k = 0; k < 4; ++k) {
    b.SetNext({.scales = {0.5f}, .zero_points = {0}});
    in[1 + k] = b.AddConstant<int8_t>("w", {1, 2}, TensorType::INT8, {1, 2});
    b.SetNext({.scales = {0.5f}, .zero_points = {0}});
    in[5 + k] = b.AddConstant<int8_t>("r", {1, 1}, TensorType::INT8, {1});
    b.SetNext({.scales = {0.25f}, .zero_points = {0}});
    in[12 + k] = b.AddConstant<int32_t>("b", {1}, TensorType::INT32, {1});
  }
  b.SetNext({.scales = {0.0078125f}, .zero_points = {-3}, .is_variable = true});
  in[18] = b.AddTensor("h", {1, 1}, TensorType::INT8);
  b.SetNext({.scales = {1.0f / 2048}, .zero_points = {0}, .is_variable = true});
  in[19] = b.AddTensor("c", {1, 1}, TensorType::INT16);
  std::vector<int32_t> inside;
  for (int i = 0; i < 4; ++i) inside.push_back(b.AddTensor("", {0}));
  b.SetNext({.scales = {0.0078125f}, .zero_points = {-3}});
  inside.push_back(b.AddTensor("hidden", {0}, TensorType::INT8));
  b.SetNext({.scales = {0.0078125f}, .zero_points = {-3}});
  const int32_t y = b.AddTensor("y", {1, 1}, TensorType::INT8);
  b.SetNextIntermediates(inside);
  b.AddOperator(BuiltinOperator::LSTM, in, {y}, BuiltinOptions::LSTMOptions,
                schema::CreateLSTMOptions(b.fbb(), schema::ActivationFunctionType::TANH).Union());
  const std::string text = Text(b.Finish({x}, {y}));
  EXPECT_THAT(text, HasSubstr("const h/initial: i8[1, 1] quant(scales=[0.0078125], zero_points=[-3], axis=0) = [-3]"));
  EXPECT_THAT(text, HasSubstr("state c: i16[1, 1] quant(scales=[0.00048828125], zero_points=[0], axis=0) = _"));
  EXPECT_THAT(text, HasSubstr("{hidden_scale=0.0078125, hidden_zero=-3}"));
}

TEST(States, RefusesVariablesThatDisagree) {
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {3});
    const int32_t handle = Handle(b, "v");
    const int32_t v = Read(b, handle, "v");
    Assign(b, handle, x);
    EXPECT_THAT(Text(b.Finish({x}, {v})), HasSubstr("takes variable 'v' for f32[3], but it holds f32[2]"));
  }
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {2});
    const int32_t v = Read(b, x, "v");
    EXPECT_THAT(Text(b.Finish({x}, {v})), HasSubstr("names no variable: input 0 is not from VAR_HANDLE"));
  }
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {2});
    const int32_t v = Read(b, Handle(b, "v"), "v");
    CallOnce(b, 1);
    b.EndSubgraph({x}, {v});
    const int32_t first = b.AddConstant<float>("first", {2}, TensorType::FLOAT32, {100, 200});
    Assign(b, Handle(b, "v"), first);
    EXPECT_THAT(Text(b.Finish({}, {})), HasSubstr("gives variable 'v' its first value after it was used"));
  }
}

// y = condition ? relu(x) : x + x, with the condition from outside or known.
std::vector<uint8_t> Branch(bool is_known, uint8_t known = 0) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  const int32_t condition =
      is_known ? b.AddConstant<uint8_t>("c", {1}, TensorType::BOOL, {known}) : b.AddTensor("c", {1}, TensorType::BOOL);
  const int32_t y = b.AddTensor("y", {2});
  b.AddOperator(BuiltinOperator::IF, {condition, x}, {y}, BuiltinOptions::IfOptions,
                schema::CreateIfOptions(b.fbb(), 1, 2).Union());
  if (is_known) {
    b.EndSubgraph({x}, {y});
  } else {
    b.EndSubgraph({condition, x}, {y});
  }
  const int32_t in = b.AddTensor("in", {2});
  const int32_t out = b.AddTensor("out", {2});
  b.AddOperator(BuiltinOperator::RELU, {in}, {out});
  b.EndSubgraph({in}, {out}, "then");
  const int32_t other = b.AddTensor("in", {2});
  return b.Finish({other}, {Add(b, other, other, "out")});
}

TEST(Control, ABranchIsChosenAtRunTime) {
  Runs runs(Branch(false));
  EXPECT_THAT(runs.Run({{1}, {-1, 2}}), ElementsAre(0, 2));
  EXPECT_THAT(runs.Run({{0}, {-1, 2}}), ElementsAre(-2, 4));
}

TEST(Control, AKnownConditionPicksTheBranch) {
  Runs yes(Branch(true, 1));
  EXPECT_TRUE(yes.graph().subgraphs.empty());
  EXPECT_THAT(yes.Run({{-1, 2}}), ElementsAre(0, 2));
  Runs no(Branch(true, 0));
  EXPECT_THAT(no.Run({{-1, 2}}), ElementsAre(-2, 4));
}

// Doubles x until its first number is above the limit; the limit is a constant that the loop hands on.
TEST(Control, ALoopRunsUntilItsConditionFails) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  const int32_t limit = b.AddConstant<float>("limit", {2}, TensorType::FLOAT32, {50, 50});
  const int32_t y = b.AddTensor("y", {2});
  const int32_t same = b.AddTensor("same", {2});
  b.AddOperator(BuiltinOperator::WHILE, {x, limit}, {y, same}, BuiltinOptions::WhileOptions,
                schema::CreateWhileOptions(b.fbb(), 1, 2).Union());
  const int32_t sum = Add(b, y, same, "sum");
  b.EndSubgraph({x}, {sum});
  const int32_t now = b.AddTensor("now", {2});
  const int32_t bound = b.AddTensor("bound", {2});
  const int32_t lower = b.AddTensor("lower", {2}, TensorType::BOOL);
  b.AddOperator(BuiltinOperator::LESS, {now, bound}, {lower}, BuiltinOptions::LessOptions,
                schema::CreateLessOptions(b.fbb()).Union());
  const int32_t begin = b.AddConstant<int32_t>("begin", {1}, TensorType::INT32, {0});
  const int32_t size = b.AddConstant<int32_t>("size", {1}, TensorType::INT32, {1});
  const int32_t first = b.AddTensor("first", {1}, TensorType::BOOL);
  b.AddOperator(BuiltinOperator::SLICE, {lower, begin, size}, {first}, BuiltinOptions::SliceOptions,
                schema::CreateSliceOptions(b.fbb()).Union());
  b.EndSubgraph({now, bound}, {first}, "condition");
  const int32_t in = b.AddTensor("in", {2});
  const int32_t kept = b.AddTensor("kept", {2});
  Runs runs(b.Finish({in, kept}, {Add(b, in, in, "twice"), kept}));
  ASSERT_EQ(runs.graph().subgraphs.size(), 2u);
  EXPECT_EQ(runs.graph().subgraphs[1].inputs.size(), 1u) << "the limit should be a constant of the loop";
  EXPECT_THAT(runs.Run({{3, 1}}), ElementsAre(96 + 50, 32 + 50));
  EXPECT_THAT(runs.Run({{70, 1}}), ElementsAre(70 + 50, 1 + 50));
}

TEST(Control, CallsAndCompositesBecomeTheirOperators) {
  for (const bool is_composite : {false, true}) {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {2});
    const int32_t y = b.AddTensor("y", {2});
    if (is_composite) {
      const auto name = b.fbb().CreateString("odml.double");
      const auto options = schema::CreateStableHLOCompositeOptions(b.fbb(), name, 1);
      b.SetNextOptions2(schema::BuiltinOptions2::StableHLOCompositeOptions, options.Union());
      b.AddOperator(BuiltinOperator::STABLEHLO_COMPOSITE, {x}, {y});
    } else {
      b.AddOperator(BuiltinOperator::CALL, {x}, {y}, BuiltinOptions::CallOptions,
                    schema::CreateCallOptions(b.fbb(), 1).Union());
    }
    b.EndSubgraph({x}, {y});
    const int32_t in = b.AddTensor("in", {2});
    Runs runs(b.Finish({in}, {Add(b, in, in, "out")}));
    EXPECT_THAT(runs.Run({{-1, 2}}), ElementsAre(-2, 4));
    EXPECT_EQ(runs.graph().nodes.size(), 1u);
  }
}

TEST(Control, RefusesSubgraphsThatCallThemselves) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  const int32_t y = b.AddTensor("y", {2});
  const auto call = [&](int32_t subgraph, int32_t in, int32_t out) {
    b.AddOperator(BuiltinOperator::CALL, {in}, {out}, BuiltinOptions::CallOptions,
                  schema::CreateCallOptions(b.fbb(), static_cast<uint32_t>(subgraph)).Union());
  };
  call(1, x, y);
  b.EndSubgraph({x}, {y});
  const int32_t in = b.AddTensor("in", {2});
  const int32_t out = b.AddTensor("out", {2});
  call(2, in, out);
  b.EndSubgraph({in}, {out}, "one");
  const int32_t deep = b.AddTensor("in", {2});
  const int32_t back = b.AddTensor("out", {2});
  call(1, deep, back);
  const std::string text = Text(b.Finish({deep}, {back}));
  EXPECT_THAT(text, HasSubstr("operator 0 (CALL 'y')"));
  EXPECT_THAT(text, HasSubstr("calls subgraph 1, which is calling it: subgraphs must not call themselves"));
}

// Each subgraph calls the next one twice: 2^20 copies, were there no limit.
TEST(Control, LimitsTheCopiesOfSubgraphs) {
  ModelBuilder b;
  for (int k = 0; k < 12; ++k) {
    const int32_t x = b.AddTensor("x", {2});
    const int32_t y = b.AddTensor("y", {2});
    const int32_t z = b.AddTensor("z", {2});
    for (const auto& [in, out] : {std::pair(x, y), std::pair(y, z)}) {
      b.AddOperator(BuiltinOperator::CALL, {in}, {out}, BuiltinOptions::CallOptions,
                    schema::CreateCallOptions(b.fbb(), static_cast<uint32_t>(k + 1)).Union());
    }
    b.EndSubgraph({x}, {z});
  }
  const int32_t in = b.AddTensor("in", {2});
  const std::vector<uint8_t> file = b.Finish({in}, {Add(b, in, in, "out")});
  EXPECT_EQ(ImportBytes(file).code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(Text(file), HasSubstr("or more than 1024 of them"));
}

TEST(Control, RefusesVariablesInBranches) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2});
  const int32_t c = b.AddTensor("c", {1}, TensorType::BOOL);
  const int32_t y = b.AddTensor("y", {2});
  b.AddOperator(BuiltinOperator::IF, {c, x}, {y}, BuiltinOptions::IfOptions,
                schema::CreateIfOptions(b.fbb(), 1, 1).Union());
  b.EndSubgraph({c, x}, {y});
  const int32_t in = b.AddTensor("in", {2});
  const int32_t v = Read(b, Handle(b, "v"), "v");
  EXPECT_THAT(Text(b.Finish({in}, {v})), HasSubstr("uses variable 'v' within a branch or a loop"));
}

// A changed bit may leave the model meaningful; it must never do worse than an error.
TEST(Control, EveryFlippedBitIsAnErrorOrAGoodGraph) {
  std::vector<uint8_t> file = BuildStream();
  size_t refused = 0;
  for (size_t i = 0; i < file.size() * 8; i += 3) {
    file[i / 8] = static_cast<uint8_t>(file[i / 8] ^ (1u << (i % 8)));
    const Result<ir::Graph> graph = ImportBytes(file, {.max_activation_bytes = 1 << 24});
    if (!graph.ok()) {
      ++refused;
      ASSERT_NE(graph.code(), StatusCode::kInternal) << graph.status().ToString();
      ASSERT_FALSE(graph.status().message().empty());
    }
    file[i / 8] = static_cast<uint8_t>(file[i / 8] ^ (1u << (i % 8)));
  }
  EXPECT_GT(refused, file.size() / 4);
}

}  // namespace
}  // namespace verge::tflite
