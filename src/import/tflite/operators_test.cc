// Small models of one operator each: what node it becomes.
#include <gtest/gtest.h>

#include "import/tflite/import.h"
#include "import/tflite/model_builder.h"
#include "ir/text.h"

namespace verge::tflite {
namespace {

using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::TensorType;

// The text of the last node, or the error.
std::string LastNode(const std::vector<uint8_t>& file) {
  const Result<ir::Graph> graph = Import(std::as_bytes(std::span(file)));
  if (!graph.ok()) return graph.status().ToString();
  const std::string text = ir::Print(*graph);
  const size_t end = text.find("\noutput");
  const size_t start = text.rfind('\n', end - 1) + 1;
  return text.substr(start, end - start);
}

// x of shape [1, 4, 2] through one operator into y.
struct OneOp {
  ModelBuilder b;
  int32_t x = b.AddTensor("x", {1, 4, 2});

  std::string Run(BuiltinOperator code, std::vector<int32_t> inputs, const std::vector<int32_t>& y_shape,
                  BuiltinOptions kind = BuiltinOptions::NONE, ModelBuilder::Offset options = 0,
                  TensorType y_type = TensorType::FLOAT32) {
    const int32_t y = b.AddTensor("y", y_shape, y_type);
    b.AddOperator(code, inputs, {y}, kind, options);
    return LastNode(b.Finish({x}, {y}));
  }
  int32_t Ints(const std::vector<int32_t>& values) {
    return b.AddConstant("ints", {static_cast<int32_t>(values.size())}, TensorType::INT32, values);
  }
};

TEST(Operators, FunctionsOfOneElement) {
  const auto text = [](BuiltinOperator code) {
    OneOp m;
    return m.Run(code, {m.x}, {1, 4, 2});
  };
  EXPECT_EQ(text(BuiltinOperator::ABS), "y: f32[1, 4, 2] = unary(x) \"unary_0\"");
  EXPECT_EQ(text(BuiltinOperator::TANH), "y: f32[1, 4, 2] = unary(x) {kind=tanh} \"unary_0\"");
  EXPECT_EQ(text(BuiltinOperator::ELU), "y: f32[1, 4, 2] = unary(x) {kind=elu, alpha=1} \"unary_0\"");
  EXPECT_EQ(text(BuiltinOperator::HARD_SWISH), "y: f32[1, 4, 2] = unary(x) {kind=hard_swish} \"unary_0\"");
}

TEST(Operators, FunctionsOfTwoElements) {
  OneOp m;
  EXPECT_EQ(m.Run(BuiltinOperator::MAXIMUM, {m.x, m.x}, {1, 4, 2}),
            "y: f32[1, 4, 2] = binary(x, x) {kind=max} \"binary_0\"");
  OneOp d;
  EXPECT_EQ(d.Run(BuiltinOperator::DIV, {d.x, d.x}, {1, 4, 2}, BuiltinOptions::DivOptions,
                  schema::CreateDivOptions(d.b.fbb()).Union()),
            "y: f32[1, 4, 2] = binary(x, x) {kind=div} \"DIV_0.binary\"");
  OneOp r;
  EXPECT_EQ(r.Run(BuiltinOperator::DIV, {r.x, r.x}, {1, 4, 2}, BuiltinOptions::DivOptions,
                  schema::CreateDivOptions(r.b.fbb(), ActivationFunctionType::RELU).Union()),
            "y: f32[1, 4, 2] = relu(DIV_0.binary) \"DIV_0.relu\"");
}

TEST(Operators, Reductions) {
  OneOp m;
  EXPECT_EQ(m.Run(BuiltinOperator::MEAN, {m.x, m.Ints({-2, 2})}, {1}, BuiltinOptions::ReducerOptions,
                  schema::CreateReducerOptions(m.b.fbb(), false).Union()),
            "y: f32[1] = reduce(x) {kind=mean, axes=[1, 2], keep_dims=false} \"reduce_0\"");
  OneOp k;
  EXPECT_EQ(k.Run(BuiltinOperator::REDUCE_MAX, {k.x, k.Ints({1})}, {1, 1, 2}, BuiltinOptions::ReducerOptions,
                  schema::CreateReducerOptions(k.b.fbb(), true).Union()),
            "y: f32[1, 1, 2] = reduce(x) {kind=max, axes=[1]} \"reduce_0\"");
  OneOp bad;
  EXPECT_NE(bad.Run(BuiltinOperator::SUM, {bad.x, bad.Ints({3})}, {1}, BuiltinOptions::ReducerOptions,
                    schema::CreateReducerOptions(bad.b.fbb(), true).Union())
                .find("axis 3 is outside"),
            std::string::npos);
}

TEST(Operators, Softmax) {
  OneOp m;
  EXPECT_EQ(m.Run(BuiltinOperator::SOFTMAX, {m.x}, {1, 4, 2}, BuiltinOptions::SoftmaxOptions,
                  schema::CreateSoftmaxOptions(m.b.fbb(), 1.0f).Union()),
            "y: f32[1, 4, 2] = softmax(x) \"softmax_0\"");
  OneOp b;
  EXPECT_EQ(b.Run(BuiltinOperator::SOFTMAX, {b.x}, {1, 4, 2}, BuiltinOptions::SoftmaxOptions,
                  schema::CreateSoftmaxOptions(b.b.fbb(), 0.5f).Union()),
            "y: f32[1, 4, 2] = softmax(x) {beta=0.5} \"softmax_0\"");
}

TEST(Operators, ShapeChanges) {
  OneOp t;
  EXPECT_EQ(t.Run(BuiltinOperator::TRANSPOSE, {t.x, t.Ints({2, 0, 1})}, {2, 1, 4}),
            "y: f32[2, 1, 4] = transpose(x) {perm=[2, 0, 1]} \"transpose_0\"");
  OneOp wrong;
  EXPECT_NE(wrong.Run(BuiltinOperator::TRANSPOSE, {wrong.x, wrong.Ints({2, 0, 7})}, {2, 1, 4}).find("operator 0"),
            std::string::npos);
  OneOp s;
  EXPECT_EQ(s.Run(BuiltinOperator::SQUEEZE, {s.x}, {4, 2}, BuiltinOptions::SqueezeOptions,
                  schema::CreateSqueezeOptions(s.b.fbb()).Union()),
            "y: f32[4, 2] = reshape(x) {shape=[4, 2]} \"reshape_0\"");
  OneOp n;
  const std::vector<int32_t> second = {1};
  EXPECT_NE(n.Run(BuiltinOperator::SQUEEZE, {n.x}, {1, 2}, BuiltinOptions::SqueezeOptions,
                  schema::CreateSqueezeOptionsDirect(n.b.fbb(), &second).Union())
                .find("squeezes dimension 1 of [1, 4, 2]"),
            std::string::npos);
  OneOp e;
  EXPECT_EQ(e.Run(BuiltinOperator::EXPAND_DIMS, {e.x, e.Ints({-1})}, {1, 4, 2, 1}),
            "y: f32[1, 4, 2, 1] = reshape(x) {shape=[1, 4, 2, 1]} \"reshape_0\"");
}

TEST(Operators, Cast) {
  OneOp m;
  EXPECT_EQ(m.Run(BuiltinOperator::CAST, {m.x}, {1, 4, 2}, BuiltinOptions::NONE, 0, TensorType::INT32),
            "y: i32[1, 4, 2] = cast(x) {to=i32} \"cast_0\"");
}

}  // namespace
}  // namespace verge::tflite
