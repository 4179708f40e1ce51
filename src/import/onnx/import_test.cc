#include "import/onnx/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "import/onnx/test_models.h"
#include "ir/evaluate.h"
#include "ir/verify.h"

namespace verge::onnx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

Result<ir::Graph> ImportText(const char* text, const ImportOptions& options = {}, ImportReport* report = nullptr) {
  const std::string bytes = ModelBytes(text);
  EXPECT_FALSE(bytes.empty()) << "the test's own model is wrong";
  return Import(Bytes(bytes), options, report);
}

const char* ModelText(std::string_view name) {
  for (const TestModel& model : kTestModels) {
    if (name == model.name) return model.text;
  }
  return "";
}

std::vector<std::string> OpNames(const ir::Graph& graph) {
  std::vector<std::string> names;
  for (const ir::Node& node : graph.nodes) names.push_back(ops::GetOp(node.op).name);
  return names;
}

std::vector<float> Floats(const ir::Buffer& buffer) {
  const auto* data = reinterpret_cast<const float*>(buffer.data());
  return {data, data + buffer.size() / sizeof(float)};
}

std::vector<float> Compute(const ir::Graph& graph, const std::vector<float>& x, size_t output = 0) {
  const auto outputs =
      ir::Evaluate(graph, std::vector<ir::BufferPtr>{ir::Buffer::CopyOf(x.data(), x.size() * sizeof(float))});
  EXPECT_TRUE(outputs.ok()) << outputs.status().ToString();
  return outputs.ok() ? Floats(*(*outputs)[output]) : std::vector<float>{};
}

std::string Error(const Result<ir::Graph>& graph) { return graph.ok() ? "" : graph.status().ToString(); }

TEST(OnnxImport, EveryTestModelIsTaken) {
  for (const TestModel& model : kTestModels) {
    const Result<ir::Graph> graph = ImportText(model.text);
    ASSERT_TRUE(graph.ok()) << model.name << ": " << graph.status().ToString();
    EXPECT_TRUE(ir::Verify(*graph).ok()) << model.name;
  }
}

TEST(OnnxImport, ModelsAreKnownByTheirFirstBytes) {
  for (const TestModel& model : kTestModels) EXPECT_TRUE(LooksLikeOnnx(Bytes(ModelBytes(model.text)))) << model.name;
  EXPECT_FALSE(LooksLikeOnnx(Bytes("graph \"text\"")));
  EXPECT_FALSE(LooksLikeOnnx(Bytes(std::string("\x1c\0\0\0TFL3", 8))));
  EXPECT_FALSE(LooksLikeOnnx({}));
}

TEST(OnnxImport, ConvolutionsStandBetweenTransposesAndTheBatchIsOne) {
  const Result<ir::Graph> graph = ImportText(ModelText("convnet"));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->value(graph->inputs[0]).shape, (Shape{1, 1, 6, 6}));
  EXPECT_EQ(graph->value(graph->inputs[0]).name, "x");
  EXPECT_EQ(graph->value(graph->outputs[0]).name, "y");
  EXPECT_THAT(OpNames(*graph), ElementsAre("transpose", "conv2d", "transpose", "mul", "add", "relu", "transpose",
                                           "max_pool2d", "transpose", "reduce", "reshape", "matmul"));
}

TEST(OnnxImport, ShapeArithmeticDisappears) {
  const Result<ir::Graph> graph = ImportText(ModelText("shape_arithmetic"));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(OpNames(*graph), ElementsAre("reshape"));
  EXPECT_EQ(graph->value(graph->outputs[0]).shape, (Shape{2, 12}));
}

TEST(OnnxImport, LoopIsUnrolled) {
  const Result<ir::Graph> graph = ImportText(ModelText("loop"));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(Compute(*graph, {1, -2}, 0), ElementsAre(8, -16));
  EXPECT_THAT(Compute(*graph, {1, -2}, 1), ElementsAre(2, -4, 4, -8, 8, -16));
}

TEST(OnnxImport, SequenceIsResolved) {
  const Result<ir::Graph> graph = ImportText(ModelText("sequence"));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(Compute(*graph, {1, 2, 3, 4, 5, 6}), ElementsAre(1, 4, 2, 5, 3, 6, 3, 6));
}

TEST(OnnxImport, AllUnsupportedOpsAreNamedAtOnce) {
  const std::string error = Error(ImportText(R"(
    ir_version: 8 opset_import { version: 13 }
    graph { name: "g"
      node { op_type: "FlyToTheMoon" name: "first" input: "x" output: "a" }
      node { op_type: "Relu" name: "second" input: "a" output: "b" }
      node { op_type: "Fancy" domain: "com.example" name: "third" input: "b" output: "y" }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } } } } }
      output { name: "y" type { tensor_type { elem_type: 1 } } } })"));
  EXPECT_THAT(error, HasSubstr("FlyToTheMoon (node 'first')"));
  EXPECT_THAT(error, HasSubstr("com.example.Fancy (node 'third')"));
  EXPECT_THAT(error, HasSubstr("opset 13"));
  EXPECT_THAT(error, testing::Not(HasSubstr("second")));
}

TEST(OnnxImport, UnsupportedOpComesWithAdvice) {
  const std::string error = Error(ImportText(R"(
    ir_version: 8 opset_import { version: 17 }
    graph { name: "g"
      node { op_type: "Relo" name: "typo" input: "x" output: "a" }
      node { op_type: "RandomNormalLike" name: "noise" input: "a" output: "b" }
      node { op_type: "Conv" domain: "com.microsoft.nchwc" name: "fast" input: "b" output: "c" }
      node { op_type: "FusedConv" name: "domainless" input: "c" output: "d" }
      node { op_type: "Zzzzzzzzzzzzzzz" name: "far" input: "d" output: "y" }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } } } } }
      output { name: "y" type { tensor_type { elem_type: 1 } } } })"));
  EXPECT_THAT(error, HasSubstr("Relo (node 'typo'): the nearest that Verge has is Relu"));
  EXPECT_THAT(error, HasSubstr("RandomNormalLike (node 'noise'): random numbers; draw them outside"));
  EXPECT_THAT(error, HasSubstr("com.microsoft.nchwc.Conv (node 'fast'): made by ONNX Runtime for one kind of CPU"));
  EXPECT_THAT(error, HasSubstr("FusedConv (node 'domainless'): Verge knows it in the domain 'com.microsoft'"));
  EXPECT_THAT(error, HasSubstr("Zzzzzzzzzzzzzzz (node 'far'): export with a lower opset"));
}

// Two nodes with modes that there are not, one behind the other, and a third whose error follows from no other.
TEST(OnnxImport, AllRefusedNodesAreNamedWhenTheFileStatesTypes) {
  const std::string error = Error(ImportText(R"(
    ir_version: 8 opset_import { version: 17 }
    graph { name: "g"
      node { op_type: "Resize" name: "first" input: "x" input: "" input: "s" output: "a"
             attribute { name: "mode" type: STRING s: "lanczos" } }
      node { op_type: "Relu" name: "fine" input: "a" output: "b" }
      node { op_type: "GridSample" name: "second" input: "b" input: "grid" output: "c"
             attribute { name: "mode" type: STRING s: "hexagonal" } }
      node { op_type: "Sub" name: "wrong" input: "c" input: "three" output: "y" }
      initializer { name: "s" data_type: 1 dims: 4 float_data: [1, 1, 2, 2] }
      initializer { name: "three" data_type: 1 dims: 3 float_data: [1, 1, 2] }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 1 } dim { dim_value: 2 } dim { dim_value: 2 } } } } }
      input { name: "grid" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 2 } dim { dim_value: 2 } dim { dim_value: 2 } } } } }
      value_info { name: "a" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 1 } dim { dim_value: 4 } dim { dim_value: 4 } } } } }
      value_info { name: "c" type { tensor_type { elem_type: 1 shape { dim { dim_param: "n" } dim { dim_value: 1 } dim { dim_value: 2 } dim { dim_value: 2 } } } } }
      output { name: "y" type { tensor_type { elem_type: 1 } } } })"));
  EXPECT_THAT(error, HasSubstr("node 'first' (Resize, opset 17)"));
  EXPECT_THAT(error, HasSubstr("lanczos"));
  EXPECT_THAT(error, HasSubstr("node 'second' (GridSample, opset 17)"));
  EXPECT_THAT(error, HasSubstr("hexagonal"));
  EXPECT_THAT(error, HasSubstr("node 'wrong' (Sub, opset 17)"));
}

TEST(OnnxImport, ClassLabelsThatAreStringsAreRefused) {
  EXPECT_THAT(Error(ImportText(R"(
    ir_version: 8 opset_import { domain: "ai.onnx.ml" version: 3 }
    graph { name: "g"
      node { op_type: "LinearClassifier" domain: "ai.onnx.ml" name: "cat_or_dog" input: "x" output: "l" output: "s"
             attribute { name: "coefficients" type: FLOATS floats: [1, 2, 3, 4] }
             attribute { name: "classlabels_strings" type: STRINGS strings: ["cat", "dog"] } }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 2 } } } } }
      output { name: "s" type { tensor_type { elem_type: 1 } } } })")),
              HasSubstr("train with numbers as classes"));
}

// A tree whose nodes are each other's children, and a leaf's weight for a node that is not there.
TEST(OnnxImport, TreesThatAreNoTreesAreRefused) {
  const auto model = [](const char* children, const char* leaf) {
    return std::string(R"(ir_version: 8 opset_import { domain: "ai.onnx.ml" version: 3 }
    graph { name: "g"
      node { op_type: "TreeEnsembleRegressor" domain: "ai.onnx.ml" name: "trees" input: "x" output: "y"
        attribute { name: "nodes_treeids" type: INTS ints: [0, 0, 0] }
        attribute { name: "nodes_nodeids" type: INTS ints: [0, 1, 2] }
        attribute { name: "nodes_featureids" type: INTS ints: [0, 0, 0] }
        attribute { name: "nodes_values" type: FLOATS floats: [0.5, 0, 0] }
        attribute { name: "nodes_modes" type: STRINGS strings: ["BRANCH_LEQ", "LEAF", "LEAF"] }
        attribute { name: "nodes_truenodeids" type: INTS ints: [)") +
           children + R"(, 0, 0] }
        attribute { name: "nodes_falsenodeids" type: INTS ints: [2, 0, 0] }
        attribute { name: "target_treeids" type: INTS ints: [0, 0] }
        attribute { name: "target_nodeids" type: INTS ints: [1, )" +
           leaf + R"(] }
        attribute { name: "target_ids" type: INTS ints: [0, 0] }
        attribute { name: "target_weights" type: FLOATS floats: [1, 2] } }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 1 } } } } }
      output { name: "y" type { tensor_type { elem_type: 1 } } } })";
  };
  const Result<ir::Graph> graph = ImportText(model("1", "2").c_str());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(Compute(*graph, {0.25f}), ElementsAre(1));
  EXPECT_THAT(Compute(*graph, {0.75f}), ElementsAre(2));
  EXPECT_THAT(Error(ImportText(model("0", "2").c_str())), HasSubstr("two parents"));
  EXPECT_THAT(Error(ImportText(model("2", "2").c_str())), HasSubstr("two parents"));
  EXPECT_THAT(Error(ImportText(model("7", "2").c_str())), HasSubstr("a child that is not there"));
  EXPECT_THAT(Error(ImportText(model("1", "9").c_str())), HasSubstr("belongs to no node"));
}

TEST(OnnxImport, NewerOpsetSaysWhatToDo) {
  EXPECT_THAT(Error(ImportText(R"(ir_version: 8 opset_import { version: 99 } graph { name: "g" })")),
              HasSubstr("export it with an opset"));
}

constexpr const char* kIfModel = R"(
  ir_version: 8 opset_import { version: 13 }
  graph { name: "g"
    node { op_type: "If" name: "choice" input: "c" output: "y"
      attribute { name: "then_branch" type: GRAPH g { name: "t" node { op_type: "Neg" input: "x" output: "p" } output { name: "p" } } }
      attribute { name: "else_branch" type: GRAPH g { name: "e" node { op_type: "Abs" input: "x" output: "q" } output { name: "q" } } } }
    node { op_type: "If" name: "shape" input: "c" output: "z"
      attribute { name: "then_branch" type: GRAPH g { name: "t" node { op_type: "Neg" input: "x" output: "p" } output { name: "p" } } }
      attribute { name: "else_branch" type: GRAPH g { name: "e" node { op_type: "ReduceSum" input: "x" output: "q" } output { name: "q" } } } }
    input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
    input { name: "c" type { tensor_type { elem_type: 9 shape { } } } }
    output { name: "y" type { tensor_type { elem_type: 1 } } } OUTPUT })";

// With the second If as an output too, the condition decides a shape.
std::string IfModel(const char* second_output) {
  std::string text = kIfModel;
  return text.replace(text.find("OUTPUT"), 6, second_output);
}

TEST(OnnxImport, ComputedConditionChoosesBetweenBothBranches) {
  std::string text = IfModel("");
  const size_t second = text.find("node { op_type: \"If\" name: \"shape\"");
  text.erase(second, text.find("input { name: \"x\"") - second);
  const Result<ir::Graph> graph = ImportText(text.c_str());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(OpNames(*graph), ElementsAre("unary", "unary", "where"));
  for (const uint8_t condition : {uint8_t{0}, uint8_t{1}}) {
    const float x[] = {-1, 2};
    const auto y = ir::Evaluate(
        *graph, std::vector<ir::BufferPtr>{ir::Buffer::CopyOf(x, sizeof x), ir::Buffer::CopyOf(&condition, 1)});
    ASSERT_TRUE(y.ok());
    EXPECT_EQ(Floats(*(*y)[0]), (condition != 0 ? std::vector<float>{1, -2} : std::vector<float>{1, 2}));
  }
}

// Five nodes in one branch, an If inside it, and a weight from outside.
TEST(OnnxImport, LongBranchesBecomeSubgraphs) {
  const Result<ir::Graph> graph = ImportText(R"(
    ir_version: 8 opset_import { version: 13 }
    graph { name: "g"
      node { op_type: "Add" input: "x" input: "x" output: "twice" }
      node { op_type: "If" name: "choice" input: "c" output: "y"
        attribute { name: "then_branch" type: GRAPH g { name: "t"
          node { op_type: "Sin" input: "x" output: "a" } node { op_type: "Cos" input: "a" output: "b" }
          node { op_type: "Add" input: "b" input: "twice" output: "d" }
          node { op_type: "If" input: "e" output: "f"
            attribute { name: "then_branch" type: GRAPH g { name: "u" node { op_type: "Neg" input: "d" output: "p" }
              node { op_type: "Exp" input: "p" output: "q" } node { op_type: "Mul" input: "q" input: "w" output: "r" } output { name: "r" } } }
            attribute { name: "else_branch" type: GRAPH g { name: "v" node { op_type: "Abs" input: "d" output: "s" }
              node { op_type: "Sqrt" input: "s" output: "t" } output { name: "t" } } } }
          output { name: "f" } } }
        attribute { name: "else_branch" type: GRAPH g { name: "e" node { op_type: "Identity" input: "twice" output: "g" } output { name: "g" } } } }
      initializer { name: "w" data_type: 1 dims: 2 float_data: [3, 5] }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
      input { name: "c" type { tensor_type { elem_type: 9 shape { } } } }
      input { name: "e" type { tensor_type { elem_type: 9 shape { dim { dim_value: 1 } } } } }
      output { name: "y" type { tensor_type { elem_type: 1 } } } })");
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(OpNames(*graph), ElementsAre("add", "if"));
  EXPECT_EQ(graph->value(graph->outputs[0]).name, "y");
  const float x[] = {0.5f, -0.25f};
  for (const int choice : {0, 1, 2, 3}) {
    const std::byte c{static_cast<unsigned char>(choice & 1)};
    const std::byte e{static_cast<unsigned char>(choice >> 1)};
    const auto y =
        ir::Evaluate(*graph, std::vector<ir::BufferPtr>{ir::Buffer::CopyOf(x, sizeof x), ir::Buffer::CopyOf(&c, 1),
                                                        ir::Buffer::CopyOf(&e, 1)});
    ASSERT_TRUE(y.ok()) << y.status().ToString();
    const std::vector<float> got = Floats(*(*y)[0]);
    for (size_t i = 0; i < 2; ++i) {
      const float d = std::cos(std::sin(x[i])) + 2 * x[i];
      const float want = (choice & 1) == 0 ? 2 * x[i]
                         : choice == 3     ? std::exp(-d) * (i == 0 ? 3.0f : 5.0f)
                                           : std::sqrt(std::abs(d));
      EXPECT_NEAR(got[i], want, 1e-5f) << choice;
    }
  }
}

// Doubles x and adds w as often as n says, as long as the sum of x is below 100.
constexpr const char* kWhileModel = R"(
  ir_version: 8 opset_import { version: 13 }
  graph { name: "g"
    node { op_type: "Loop" name: "again" input: "n" input: "" input: "x" output: "y"
      attribute { name: "body" type: GRAPH g { name: "body"
        node { op_type: "Add" input: "s" input: "s" output: "a" }
        node { op_type: "Add" input: "a" input: "w" output: "next" }
        node { op_type: "ReduceSum" input: "next" output: "sum" attribute { name: "keepdims" type: INT i: 0 } }
        node { op_type: "Less" input: "sum" input: "hundred" output: "go" }
        input { name: "i" type { tensor_type { elem_type: 7 } } }
        input { name: "cond" type { tensor_type { elem_type: 9 } } }
        input { name: "s" type { tensor_type { elem_type: 1 } } }
        output { name: "go" type { tensor_type { elem_type: 9 } } }
        output { name: "next" type { tensor_type { elem_type: 1 } } } } } }
    initializer { name: "hundred" data_type: 1 float_data: 100 }
    input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
    input { name: "w" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
    COUNT
    output { name: "y" type { tensor_type { elem_type: 1 } } } })";

std::string WhileModel(const char* count) {
  std::string text = kWhileModel;
  return text.replace(text.find("COUNT"), 5, count);
}

TEST(OnnxImport, LoopWithComputedCountRunsAsWhile) {
  const Result<ir::Graph> graph = ImportText(
      WhileModel("input { name: \"n\" type { tensor_type { elem_type: 7 shape { dim { dim_value: 1 } } } } }").c_str());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(OpNames(*graph), ElementsAre("reshape", "while"));
  const auto run = [&](int64_t n) {
    const float x[] = {1, 2};
    const float w[] = {0.5f, 0};
    const auto y = ir::Evaluate(
        *graph, std::vector<ir::BufferPtr>{ir::Buffer::CopyOf(x, sizeof x), ir::Buffer::CopyOf(w, sizeof w),
                                           ir::Buffer::CopyOf(&n, sizeof n)});
    EXPECT_TRUE(y.ok()) << y.status().ToString();
    return y.ok() ? Floats(*(*y)[0]) : std::vector<float>{};
  };
  EXPECT_THAT(run(0), ElementsAre(1, 2));
  EXPECT_THAT(run(2), ElementsAre(5.5f, 8));
  EXPECT_THAT(run(1000), ElementsAre(47.5f, 64));  // the first sum of 100 or more
}

TEST(OnnxImport, LoopThatDecidesItselfWhenToEndRunsAsWhile) {
  const Result<ir::Graph> graph =
      ImportText(WhileModel("initializer { name: \"n\" data_type: 7 int64_data: 1000 }").c_str());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(OpNames(*graph), ElementsAre("while"));
}

// The shape grows with each step: that cannot run with a computed count, and the error names the input that decides.
TEST(OnnxImport, LoopWhoseValuesGrowWantsAKnownCount) {
  std::string text =
      WhileModel("input { name: \"n\" type { tensor_type { elem_type: 7 shape { dim { dim_value: 1 } } } } }");
  const std::string add = R"(op_type: "Add" input: "s" input: "s" output: "a" })";
  ASSERT_NE(text.find(add), std::string::npos);
  text.replace(text.find(add), add.size(), R"(op_type: "Concat" input: "s" input: "s" output: "a"
    attribute { name: "axis" type: INT i: 0 } })");
  text.replace(text.find("input: \"w\" output: \"next\""), 10, "input: \"a\"");
  ImportReport report;
  const Result<ir::Graph> graph = ImportText(text.c_str(), {}, &report);
  EXPECT_EQ(graph.code(), StatusCode::kFailedPrecondition) << Error(graph);
  EXPECT_THAT(report.needed_inputs, ElementsAre("n"));
}

TEST(OnnxImport, ValueThatMustBeKnownIsNamed) {
  ImportReport report;
  const Result<ir::Graph> graph =
      ImportText(IfModel("output { name: \"z\" type { tensor_type { elem_type: 1 } } }").c_str(), {}, &report);
  EXPECT_EQ(graph.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(report.needed_inputs, ElementsAre("c"));
  EXPECT_THAT(Error(graph), HasSubstr("node 'shape' (If, opset 13)"));
}

// Boxes are suppressed, and those that stay are gathered, as detectors do; TAIL is what comes after.
std::string DetectorModel(const char* tail) {
  std::string text = R"(
    ir_version: 8 opset_import { version: 13 }
    graph { name: "g"
      node { op_type: "NonMaxSuppression" name: "nms" input: "boxes" input: "scores" input: "most" input: "iou" output: "taken" }
      node { op_type: "Gather" input: "taken" input: "two" output: "column" attribute { name: "axis" type: INT i: 1 } }
      node { op_type: "Squeeze" input: "column" input: "one" output: "keep" }
      node { op_type: "Squeeze" input: "boxes" input: "zero" output: "flat" }
      node { op_type: "Gather" input: "flat" input: "keep" output: "kept" }
      node { op_type: "Shape" input: "kept" output: "shape" }
      TAIL
      initializer { name: "most" data_type: 7 int64_data: 9 }
      initializer { name: "iou" data_type: 1 float_data: 0.5 }
      initializer { name: "two" data_type: 7 dims: 1 int64_data: 2 }
      initializer { name: "one" data_type: 7 dims: 1 int64_data: 1 }
      initializer { name: "zero" data_type: 7 dims: 1 int64_data: 0 }
      input { name: "boxes" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 3 } dim { dim_value: 4 } } } } }
      input { name: "scores" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 1 } dim { dim_value: 3 } } } } }
      output { name: "kept" type { tensor_type { elem_type: 1 } } }
      output { name: "shape" type { tensor_type { elem_type: 7 } } } })";
  return text.replace(text.find("TAIL"), 4, tail);
}

TEST(OnnxImport, SuppressedBoxesAreAsManyAsTheDataSays) {
  const Result<ir::Graph> graph = ImportText(DetectorModel("").c_str());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  ASSERT_EQ(graph->counted.size(), 1u);
  EXPECT_EQ(graph->counted[0].output, 0u);
  EXPECT_EQ(graph->counted[0].dim, 0);
  EXPECT_EQ(graph->counted[0].factor, 1);
  EXPECT_EQ(graph->value(graph->outputs[0]).shape, (Shape{3, 4}));
  const float boxes[] = {0, 0, 2, 2, 5, 5, 7, 7, 0, 0, 2, 1.9f};  // the third lies on the first
  const float scores[] = {0.5f, 0.4f, 0.9f};
  const auto y = ir::Evaluate(*graph, std::vector<ir::BufferPtr>{ir::Buffer::CopyOf(boxes, sizeof boxes),
                                                                 ir::Buffer::CopyOf(scores, sizeof scores)});
  ASSERT_TRUE(y.ok()) << y.status().ToString();
  const std::vector<float> kept = Floats(*(*y)[0]);
  EXPECT_THAT(std::vector<float>(kept.begin(), kept.begin() + 8), ElementsAre(0, 0, 2, 1.9f, 5, 5, 7, 7));
  const auto* shape = reinterpret_cast<const int64_t*>((*y)[1]->data());
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[1], 4);
}

// A mean over the boxes would take in the margin: refused, with the inputs that decide.
TEST(OnnxImport, NothingLooksIntoTheMargin) {
  ImportReport report;
  const Result<ir::Graph> graph =
      ImportText(DetectorModel("node { op_type: \"ReduceMean\" name: \"mean\" input: \"kept\" output: \"m\" }").c_str(),
                 {}, &report);
  EXPECT_EQ(graph.code(), StatusCode::kFailedPrecondition) << Error(graph);
  EXPECT_THAT(Error(graph), HasSubstr("node 'mean' (ReduceMean, opset 13)"));
  EXPECT_THAT(report.needed_inputs, ElementsAre("boxes", "scores"));
}

TEST(OnnxImport, KnownInputChoosesTheBranch) {
  for (const uint8_t condition : {uint8_t{0}, uint8_t{1}}) {
    ImportOptions options;
    options.constants = {"c"};
    Datum datum;
    datum.name = "c";
    datum.tensor = {"c", DType::kBool, Shape(), ir::Buffer::CopyOf(&condition, 1)};
    options.examples = {datum};
    const Result<ir::Graph> graph = ImportText(IfModel("").c_str(), options);
    ASSERT_TRUE(graph.ok()) << graph.status().ToString();
    ASSERT_EQ(graph->inputs.size(), 1u);
    EXPECT_EQ(Compute(*graph, {-1, 2}), (condition != 0 ? std::vector<float>{1, -2} : std::vector<float>{1, 2}));
  }
}

constexpr const char* kOpenShape = R"(
  ir_version: 8 opset_import { version: 13 }
  graph { name: "g" node { op_type: "Relu" input: "x" output: "y" }
    input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "n" } dim { dim_param: "length" } } } } }
    output { name: "y" type { tensor_type { elem_type: 1 } } } })";

TEST(OnnxImport, UnknownDimensionWantsAnExample) {
  EXPECT_THAT(Error(ImportText(kOpenShape)), HasSubstr("'x' has the unknown dimension 1 ('length')"));
  ImportOptions options;
  Datum datum;
  datum.name = "x";
  datum.tensor = {"x", DType::kF32, {3, 5}, nullptr};
  options.examples = {datum};
  const Result<ir::Graph> graph = ImportText(kOpenShape, options);
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->value(graph->outputs[0]).shape, (Shape{3, 5}));
}

std::string ExternalModel(const std::string& location) {
  return R"(ir_version: 8 opset_import { version: 13 }
    graph { name: "g" node { op_type: "Add" input: "x" input: "w" output: "y" }
      initializer { name: "w" data_type: 1 dims: 2 data_location: EXTERNAL
        external_data { key: "location" value: ")" +
         location + R"(" } external_data { key: "offset" value: "64" } }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
      output { name: "y" type { tensor_type { elem_type: 1 } } } })";
}

TEST(OnnxImport, ExternalDataStaysInsideTheFolder) {
  ImportOptions options;
  int calls = 0;
  options.external = [&](const std::string& name, uint64_t offset,
                         uint64_t length) -> Result<std::shared_ptr<const ir::Buffer>> {
    ++calls;
    EXPECT_EQ(name, "data/weights.bin");
    EXPECT_EQ(offset, 64u);
    EXPECT_EQ(length, 8u);
    const float numbers[] = {1, 2};
    return std::shared_ptr<const ir::Buffer>(ir::Buffer::CopyOf(numbers, sizeof numbers));
  };
  const Result<ir::Graph> graph = ImportText(ExternalModel("data/weights.bin").c_str(), options);
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(Compute(*graph, {10, 20}), ElementsAre(11, 22));
  for (const char* path : {"../weights.bin", "/etc/passwd", "a/../../b", "..", ""}) {
    EXPECT_EQ(ImportText(ExternalModel(path).c_str(), options).code(), StatusCode::kDataLoss) << path;
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(ImportText(ExternalModel("data/weights.bin").c_str()).code(), StatusCode::kUnsupported);
}

TEST(OnnxImport, EveryTruncationIsAnErrorOrAModel) {
  const std::string bytes = ModelBytes(ModelText("many_ops"));
  for (size_t n = 0; n < bytes.size(); ++n) {
    const Result<ir::Graph> graph = Import(Bytes(bytes.substr(0, n)));
    if (graph.ok()) {
      EXPECT_TRUE(ir::Verify(*graph).ok()) << n;
    }
  }
}

TEST(OnnxImport, TensorThatClaimsMoreThanTheFileHoldsIsRefusedBeforeMemoryIsTaken) {
  EXPECT_EQ(ImportText(R"(ir_version: 8 opset_import { version: 13 }
    graph { name: "g" initializer { name: "w" data_type: 1 dims: [1000000, 1000] float_data: 1 } })")
                .code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(ImportText(R"(ir_version: 8 opset_import { version: 13 }
    graph { name: "g" initializer { name: "w" data_type: 1 dims: [9223372036854775807, 9223372036854775807] } })")
                .code(),
            StatusCode::kResourceExhausted);
}

// Fake quantisation, as quantised models in QDQ form have it around every op: two ops, halves to even.
TEST(OnnxImport, QuantisingAndBackAreTwoOps) {
  const auto model = [](const char* output) {
    return std::string(R"(ir_version: 8 opset_import { version: 13 }
      graph { name: "g" node { op_type: "QuantizeLinear" input: "x" input: "s" input: "z" output: "q" }
        node { op_type: "DequantizeLinear" input: "q" input: "s" input: "z" output: "y" }
        initializer { name: "s" data_type: 1 float_data: 0.5 }
        initializer { name: "z" data_type: 3 int32_data: -3 }
        input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 6 } } } } }
        output { name: "y" type { tensor_type { elem_type: 1 } } } )") +
           output + "}";
  };
  const Result<ir::Graph> graph = ImportText(model("").c_str());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(OpNames(*graph), ElementsAre("quantize", "dequantize"));
  EXPECT_THAT(Compute(*graph, {0.25f, 0.75f, -0.25f, 1.3f, 1000, -1000}), ElementsAre(0, 1, 0, 1.5f, 65, -62.5f));
  // Whoever reads the integers gets them as well.
  const Result<ir::Graph> both =
      ImportText(model("output { name: \"q\" type { tensor_type { elem_type: 3 } } }").c_str());
  ASSERT_TRUE(both.ok()) << both.status().ToString();
  const float x[] = {0.25f, 0.75f, -0.25f, 1.3f, 1000, -1000};
  const auto y = ir::Evaluate(*both, std::vector<ir::BufferPtr>{ir::Buffer::CopyOf(x, sizeof x)});
  ASSERT_TRUE(y.ok()) << y.status().ToString();
  const auto* q = reinterpret_cast<const int8_t*>((*y)[1]->data());
  EXPECT_THAT(std::vector<int>(q, q + 6), ElementsAre(-3, -1, -3, 0, 127, -128));
}

TEST(OnnxImport, FourBitTensorMustHaveTwoNumbersAByte) {
  const auto model = [](const char* raw) {
    return std::string(R"(ir_version: 8 opset_import { version: 21 }
    graph { name: "g" node { op_type: "DequantizeLinear" input: "w" input: "s" output: "y" }
      initializer { name: "w" data_type: 22 dims: 3 raw_data: ")") +
           raw + R"(" }
      initializer { name: "s" data_type: 1 float_data: 0.5 }
      output { name: "y" type { tensor_type { elem_type: 1 } } } })";
  };
  const Result<ir::Graph> graph = ImportText(model("\\x7f\\x08").c_str());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(Floats(*graph->value(graph->outputs[0]).constant), ElementsAre(-0.5f, 3.5f, -4));
  EXPECT_EQ(ImportText(model("\\x7f").c_str()).code(), StatusCode::kDataLoss);
  EXPECT_EQ(ImportText(model("\\x7f\\x08\\x01").c_str()).code(), StatusCode::kDataLoss);
}

TEST(OnnxImport, LoopWithoutEndRunsOutOfSteps) {
  ImportOptions options;
  options.fold.max_steps = 1000;
  std::string text = ModelText("loop");
  text.replace(text.find("int64_data: 3"), 13, "int64_data: 9000");
  EXPECT_EQ(ImportText(text.c_str(), options).code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace verge::onnx
