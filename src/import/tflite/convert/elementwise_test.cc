// Elementwise operators of small models, against values computed by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/tflite/run_operator.h"

namespace verge::tflite {
namespace {

using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::TensorType;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

constexpr double kNear = 1e-6;

std::vector<double> OfOne(BuiltinOperator code, const std::vector<double>& x, TensorType type = TensorType::FLOAT32) {
  RunOperator m;
  const auto n = static_cast<int32_t>(x.size());
  const int32_t in = m.In({n}, x, type);
  m.Out({n}, type);
  const std::vector<double> y = m.Run(code, {in});
  EXPECT_EQ(m.error, "");
  return y;
}

std::vector<double> OfTwo(BuiltinOperator code, const std::vector<double>& x, const std::vector<double>& y,
                          TensorType type, TensorType out) {
  RunOperator m;
  const auto n = static_cast<int32_t>(x.size());
  const int32_t a = m.In({n}, x, type);
  const int32_t b = m.In({n}, y, type);
  m.Out({n}, out);
  const std::vector<double> result = m.Run(code, {a, b});
  EXPECT_EQ(m.error, "");
  return result;
}
std::vector<double> OfTwo(BuiltinOperator code, const std::vector<double>& x, const std::vector<double>& y,
                          TensorType type = TensorType::FLOAT32) {
  return OfTwo(code, x, y, type, type);
}

TEST(ElementwiseConverters, FunctionsOfOneElement) {
  EXPECT_THAT(OfOne(BuiltinOperator::RSQRT, {4, 0.25}), ElementsAre(0.5, 2));
  EXPECT_THAT(OfOne(BuiltinOperator::SQUARE, {3, -2}), ElementsAre(9, 4));
  EXPECT_THAT(OfOne(BuiltinOperator::SIGN, {-3, 0, 0.5}), ElementsAre(-1, 0, 1));
  EXPECT_THAT(OfOne(BuiltinOperator::RELU_N1_TO_1, {-3, 0.5, 2}), ElementsAre(-1, 0.5, 1));
  EXPECT_THAT(OfOne(BuiltinOperator::RELU_0_TO_1, {-3, 0.5, 2}), ElementsAre(0, 0.5, 1));
  EXPECT_THAT(OfOne(BuiltinOperator::LOGICAL_NOT, {0, 1}, TensorType::BOOL), ElementsAre(1, 0));
  EXPECT_THAT(OfOne(BuiltinOperator::ROUND, {0.5, 1.5, -2.5, 2.6}), ElementsAre(0, 2, -2, 3));
}

TEST(ElementwiseConverters, LeakyReluAndGelu) {
  RunOperator leaky;
  const int32_t x = leaky.In({2}, {-2, 3});
  leaky.Out({2});
  EXPECT_THAT(leaky.Run(BuiltinOperator::LEAKY_RELU, {x}, BuiltinOptions::LeakyReluOptions,
                        schema::CreateLeakyReluOptions(leaky.b.fbb(), 0.25f).Union()),
              ElementsAre(-0.5, 3));
  const auto gelu = [](bool approximate) {
    RunOperator m;
    const int32_t in = m.In({2}, {1, -1});
    m.Out({2});
    return m.Run(BuiltinOperator::GELU, {in}, BuiltinOptions::GeluOptions,
                 schema::CreateGeluOptions(m.b.fbb(), approximate).Union());
  };
  EXPECT_THAT(gelu(false), Pointwise(DoubleNear(kNear), std::vector<double>{0.84134475, -0.15865525}));
  EXPECT_THAT(gelu(true), Pointwise(DoubleNear(kNear), std::vector<double>{0.84119199, -0.15880801}));
}

TEST(ElementwiseConverters, FunctionsOfTwoElements) {
  EXPECT_THAT(OfTwo(BuiltinOperator::SQUARED_DIFFERENCE, {5, 1}, {2, 3}), ElementsAre(9, 4));
  EXPECT_THAT(OfTwo(BuiltinOperator::ATAN2, {1, -1}, {0, -1}),
              Pointwise(DoubleNear(kNear), std::vector<double>{1.57079633, -2.35619449}));
  EXPECT_THAT(OfTwo(BuiltinOperator::LOGICAL_AND, {0, 1, 1}, {1, 0, 1}, TensorType::BOOL), ElementsAre(0, 0, 1));
  EXPECT_THAT(OfTwo(BuiltinOperator::LOGICAL_OR, {0, 1, 0}, {1, 0, 0}, TensorType::BOOL), ElementsAre(1, 1, 0));
  EXPECT_THAT(OfTwo(BuiltinOperator::BITWISE_XOR, {6, -1}, {3, 1}, TensorType::INT32), ElementsAre(5, -2));
  EXPECT_THAT(OfTwo(BuiltinOperator::RIGHT_SHIFT, {-9, 9, 5}, {1, 2, 40}, TensorType::INT32), ElementsAre(-5, 2, 0));
}

TEST(ElementwiseConverters, QuotientsGoDown) {
  EXPECT_THAT(OfTwo(BuiltinOperator::FLOOR_DIV, {7, -7, 7, -7, 6}, {2, 2, -2, -2, 3}, TensorType::INT32),
              ElementsAre(3, -4, -4, 3, 2));
  EXPECT_THAT(OfTwo(BuiltinOperator::FLOOR_DIV, {7, -7}, {2, 2}), ElementsAre(3, -4));
  EXPECT_THAT(OfTwo(BuiltinOperator::FLOOR_MOD, {7, -7, 7, -7}, {3, 3, -3, -3}, TensorType::INT32),
              ElementsAre(1, 2, -2, -1));
  EXPECT_THAT(OfTwo(BuiltinOperator::FLOOR_MOD, {-7.5, 7.5}, {2, 2}), ElementsAre(0.5, 1.5));
}

TEST(ElementwiseConverters, Comparisons) {
  const auto of = [](BuiltinOperator code) {
    return OfTwo(code, {1, 2, 3}, {2, 2, 2}, TensorType::INT32, TensorType::BOOL);
  };
  EXPECT_THAT(of(BuiltinOperator::EQUAL), ElementsAre(0, 1, 0));
  EXPECT_THAT(of(BuiltinOperator::NOT_EQUAL), ElementsAre(1, 0, 1));
  EXPECT_THAT(of(BuiltinOperator::LESS), ElementsAre(1, 0, 0));
  EXPECT_THAT(of(BuiltinOperator::LESS_EQUAL), ElementsAre(1, 1, 0));
  EXPECT_THAT(of(BuiltinOperator::GREATER), ElementsAre(0, 0, 1));
  EXPECT_THAT(of(BuiltinOperator::GREATER_EQUAL), ElementsAre(0, 1, 1));
}

TEST(ElementwiseConverters, ArithmeticOfWholeNumbersAndItsActivations) {
  const auto of = [](ActivationFunctionType fused) {
    RunOperator m;
    const int32_t a = m.In({3}, {5, -9, 2}, TensorType::INT32);
    const int32_t b = m.In({3}, {4, 2, -2}, TensorType::INT32);
    m.Out({3}, TensorType::INT32);
    return m.Run(BuiltinOperator::ADD, {a, b}, BuiltinOptions::AddOptions,
                 schema::CreateAddOptions(m.b.fbb(), fused).Union());
  };
  EXPECT_THAT(of(ActivationFunctionType::NONE), ElementsAre(9, -7, 0));
  EXPECT_THAT(of(ActivationFunctionType::RELU), ElementsAre(9, 0, 0));
  EXPECT_THAT(of(ActivationFunctionType::RELU6), ElementsAre(6, 0, 0));
  EXPECT_THAT(of(ActivationFunctionType::RELU_N1_TO_1), ElementsAre(1, -1, 0));
  EXPECT_THAT(of(ActivationFunctionType::SIGN_BIT), ElementsAre(0, 1, 0));
}

TEST(ElementwiseConverters, ActivationsOfRealNumbersFollowTheirOperator) {
  const auto of = [](BuiltinOperator code, ActivationFunctionType fused, BuiltinOptions kind) {
    RunOperator m;
    const int32_t a = m.In({2}, {3, -6});
    const int32_t b = m.In({2}, {2, 3});
    m.Out({2});
    const ModelBuilder::Offset options = kind == BuiltinOptions::DivOptions
                                             ? schema::CreateDivOptions(m.b.fbb(), fused).Union()
                                             : schema::CreateSubOptions(m.b.fbb(), fused).Union();
    const std::vector<double> y = m.Run(code, {a, b}, kind, options);
    EXPECT_EQ(m.error, "");
    return y;
  };
  EXPECT_THAT(of(BuiltinOperator::DIV, ActivationFunctionType::RELU, BuiltinOptions::DivOptions), ElementsAre(1.5, 0));
  EXPECT_THAT(of(BuiltinOperator::SUB, ActivationFunctionType::TANH, BuiltinOptions::SubOptions),
              Pointwise(DoubleNear(kNear), std::vector<double>{0.76159416, -0.99999997}));
  EXPECT_THAT(of(BuiltinOperator::SUB, ActivationFunctionType::SIGN_BIT, BuiltinOptions::SubOptions),
              ElementsAre(0, 1));
}

TEST(ElementwiseConverters, AddN) {
  RunOperator m;
  const int32_t a = m.In({2}, {1, 2});
  const int32_t b = m.In({2}, {10, 20});
  const int32_t c = m.In({2}, {100, 200});
  m.Out({2});
  EXPECT_THAT(m.Run(BuiltinOperator::ADD_N, {a, b, c}), ElementsAre(111, 222));
}

TEST(ElementwiseConverters, SelectTakesWholeRowsOrElements) {
  RunOperator rows;
  const int32_t which = rows.In({2}, {1, 0}, TensorType::BOOL);
  const int32_t a = rows.In({2, 2}, {1, 2, 3, 4});
  const int32_t b = rows.In({2, 2}, {5, 6, 7, 8});
  rows.Out({2, 2});
  EXPECT_THAT(rows.Run(BuiltinOperator::SELECT, {which, a, b}), ElementsAre(1, 2, 7, 8));
  RunOperator each;
  const int32_t mask = each.In({2}, {1, 0}, TensorType::BOOL);
  const int32_t x = each.In({2, 2}, {1, 2, 3, 4});
  each.Out({2, 2});
  EXPECT_THAT(each.Run(BuiltinOperator::SELECT_V2, {mask, x, each.Floats({1}, {9})}), ElementsAre(1, 9, 3, 9));
}

TEST(ElementwiseConverters, FakeQuantKeepsZeroExact) {
  RunOperator m;
  const int32_t x = m.In({4}, {-5, 0, 0.3, 9});
  m.Out({4});
  // 2 bits over [-1, 2]: steps of 1, from -1 to 2.
  EXPECT_THAT(m.Run(BuiltinOperator::FAKE_QUANT, {x}, BuiltinOptions::FakeQuantOptions,
                    schema::CreateFakeQuantOptions(m.b.fbb(), -1, 2, 2).Union()),
              ElementsAre(-1, 0, 0, 2));
  RunOperator bad;
  const int32_t y = bad.In({1}, {0});
  bad.Out({1});
  bad.Run(BuiltinOperator::FAKE_QUANT, {y}, BuiltinOptions::FakeQuantOptions,
          schema::CreateFakeQuantOptions(bad.b.fbb(), 1, 2, 8).Union());
  EXPECT_THAT(bad.error, HasSubstr("wants a range around 0"));
}

TEST(ElementwiseConverters, BucketizeCountsBoundaries) {
  RunOperator m;
  const int32_t x = m.In({4}, {-1, 0, 5, 10});
  m.Out({4}, TensorType::INT32);
  const std::vector<float> bounds = {0, 4, 10};
  EXPECT_THAT(m.Run(BuiltinOperator::BUCKETIZE, {x}, BuiltinOptions::BucketizeOptions,
                    schema::CreateBucketizeOptionsDirect(m.b.fbb(), &bounds).Union()),
              ElementsAre(0, 1, 2, 3));
}

TEST(ElementwiseConverters, QuantisedNumbersAreMadeRealAndBack) {
  RunOperator m;
  m.b.SetNext({.scales = {0.5f}, .zero_points = {3}});
  const int32_t x = m.In({2}, {1, 2}, TensorType::INT8);
  m.b.SetNext({.scales = {0.5f}, .zero_points = {3}});
  m.Out({2}, TensorType::INT8);
  // Of -1 and -0.5: 1 and 0.25, which is half a step and goes up.
  EXPECT_THAT(m.Run(BuiltinOperator::SQUARE, {x}), ElementsAre(5, 4)) << m.error;
}

}  // namespace
}  // namespace verge::tflite
