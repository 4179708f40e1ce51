// Operators with windows and products, in small models, against values computed by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "import/tflite/run_operator.h"

namespace verge::tflite {
namespace {

using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::Padding;
using schema::TensorType;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

constexpr double kNear = 1e-6;

std::vector<uint8_t> Raw(const std::vector<int32_t>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(int32_t));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TEST(WindowConverters, L2Pool) {
  RunOperator m;
  const int32_t x = m.In({1, 1, 2, 1}, {3, 4});
  m.Out({1, 1, 1, 1});
  EXPECT_THAT(m.Run(BuiltinOperator::L2_POOL_2D, {x}, BuiltinOptions::Pool2DOptions,
                    schema::CreatePool2DOptions(m.b.fbb(), Padding::VALID, 1, 1, 2, 1).Union()),
              Pointwise(DoubleNear(kNear), std::vector<double>{3.5355339}));  // sqrt(12.5)
}

TEST(WindowConverters, Conv3d) {
  RunOperator m;
  const int32_t x = m.In({1, 2, 1, 1, 1}, {1, 2});
  // [depth, height, width, ic, oc] = [2, 1, 1, 1, 2]
  const int32_t w = m.Floats({2, 1, 1, 1, 2}, {1, 10, 100, 1000});
  m.Out({1, 1, 1, 1, 2});
  EXPECT_THAT(
      m.Run(BuiltinOperator::CONV_3D, {x, w, m.Floats({2}, {0.5, -3000})}, BuiltinOptions::Conv3DOptions,
            schema::CreateConv3DOptions(m.b.fbb(), Padding::VALID, 1, 1, 1, ActivationFunctionType::RELU).Union()),
      ElementsAre(201.5, 0));
}

// Each input puts its number times the filter [1, 2, 3] down, two apart.
TEST(WindowConverters, TransposeConv) {
  const auto of = [](Padding padding, int32_t size) {
    RunOperator m;
    const int32_t x = m.In({1, 1, 2, 1}, {1, 10});
    const int32_t w = m.Floats({1, 1, 3, 1}, {1, 2, 3});
    m.Out({1, 1, size, 1});
    const std::vector<double> y =
        m.Run(BuiltinOperator::TRANSPOSE_CONV, {m.Ints({1, 1, size, 1}), w, x}, BuiltinOptions::TransposeConvOptions,
              schema::CreateTransposeConvOptions(m.b.fbb(), padding, 2, 1).Union());
    EXPECT_EQ(m.error, "");
    return y;
  };
  EXPECT_THAT(of(Padding::VALID, 5), ElementsAre(1, 2, 13, 20, 30));
  EXPECT_THAT(of(Padding::SAME, 4), ElementsAre(1, 2, 13, 20));
  EXPECT_THAT(of(Padding::SAME, 3), ElementsAre(2, 13, 20));
}

TEST(WindowConverters, Conv3dTranspose) {
  RunOperator m;
  const int32_t x = m.In({1, 1, 1, 2, 1}, {1, 10});
  // [depth, height, width, oc, ic]
  const int32_t w = m.Floats({1, 1, 2, 1, 1}, {1, 2});
  m.Out({1, 1, 1, 3, 1});
  EXPECT_THAT(m.Run(BuiltinOperator::CONV_3D_TRANSPOSE, {m.Ints({1, 1, 1, 3, 1}), w, x}, BuiltinOptions::Conv3DOptions,
                    schema::CreateConv3DOptions(m.b.fbb(), Padding::VALID, 1, 1, 1).Union()),
              ElementsAre(1, 12, 20));
}

TEST(WindowConverters, Convolution2dTransposeBias) {
  RunOperator m;
  const int32_t x = m.In({1, 1, 2, 1}, {1, 10});
  const int32_t w = m.Floats({1, 1, 2, 1}, {1, 2});
  m.Out({1, 1, 4, 1});
  EXPECT_THAT(m.RunCustom("Convolution2DTransposeBias", {x, w, m.Floats({1}, {0.5})}, Raw({1, 2, 1})),
              ElementsAre(1.5, 2.5, 10.5, 20.5));
  RunOperator bad;
  const int32_t y = bad.In({1, 1, 2, 1}, {1, 10});
  bad.Out({1, 1, 4, 1});
  bad.RunCustom("Convolution2DTransposeBias", {y, bad.Floats({1, 1, 2, 1}, {1, 2}), bad.Floats({1}, {0})},
                Raw({7, 2, 1}));
  EXPECT_THAT(bad.error, HasSubstr("has the unknown padding 7"));
}

TEST(WindowConverters, MaxPoolingAndUnpooling) {
  RunOperator p;
  const int32_t x = p.In({1, 2, 4, 1}, {1, 5, 2, 2, 3, 4, 2, 9});
  p.Out({1, 1, 2, 1});
  p.Out({1, 1, 2, 1});
  p.RunCustom("MaxPoolingWithArgmax2D", {x}, Raw({1, 2, 2, 2, 2, 0}));
  EXPECT_EQ(p.error, "");
  ASSERT_EQ(p.outputs.size(), 2u);
  EXPECT_THAT(p.outputs[0], ElementsAre(5, 9));
  EXPECT_THAT(p.outputs[1], Pointwise(DoubleNear(kNear), std::vector<double>{1.1, 3.1}));
  RunOperator u;
  const int32_t y = u.In({1, 1, 2, 1}, {5, 9});
  const int32_t at = u.In({1, 1, 2, 1}, {1.1, 3.1});
  u.Out({1, 2, 4, 1});
  EXPECT_THAT(u.RunCustom("MaxUnpooling2D", {y, at}, Raw({1, 2, 2, 2, 2, 0})), ElementsAre(0, 5, 0, 0, 0, 0, 0, 9));
  EXPECT_EQ(u.error, "");
}

TEST(MatrixConverters, FullyConnected) {
  const auto of = [](bool keep, const std::vector<int32_t>& out, ActivationFunctionType fused) {
    RunOperator m;
    const int32_t x = m.In({1, 2, 2}, {1, 2, 3, 4});
    const int32_t w = m.Floats({1, 2}, {1, -10});
    m.Out(out);
    const auto options = schema::CreateFullyConnectedOptions(m.b.fbb(), fused,
                                                             schema::FullyConnectedOptionsWeightsFormat::DEFAULT, keep);
    const std::vector<double> y = m.Run(BuiltinOperator::FULLY_CONNECTED, {x, w, m.Floats({1}, {20})},
                                        BuiltinOptions::FullyConnectedOptions, options.Union());
    EXPECT_EQ(m.error, "");
    return y;
  };
  EXPECT_THAT(of(false, {2, 1}, ActivationFunctionType::NONE), ElementsAre(1, -17));
  EXPECT_THAT(of(true, {1, 2, 1}, ActivationFunctionType::RELU), ElementsAre(1, 0));
}

TEST(MatrixConverters, BatchMatmul) {
  RunOperator m;
  const int32_t a = m.In({1, 2, 2}, {1, 2, 3, 4});
  const int32_t b = m.In({1, 1, 2}, {1, 10});
  m.Out({1, 2, 1});
  EXPECT_THAT(m.Run(BuiltinOperator::BATCH_MATMUL, {a, b}, BuiltinOptions::BatchMatMulOptions,
                    schema::CreateBatchMatMulOptions(m.b.fbb(), false, true).Union()),
              ElementsAre(21, 43));
}

TEST(MatrixConverters, Normalisations) {
  RunOperator n;
  const int32_t x = n.In({2, 2}, {3, 4, 0, 0});
  n.Out({2, 2});
  EXPECT_THAT(n.Run(BuiltinOperator::L2_NORMALIZATION, {x}, BuiltinOptions::L2NormOptions,
                    schema::CreateL2NormOptions(n.b.fbb()).Union()),
              Pointwise(DoubleNear(kNear), std::vector<double>{0.6, 0.8, 0, 0}));
  RunOperator l;
  const int32_t y = l.In({1, 1, 1, 3}, {1, 2, 3});
  l.Out({1, 1, 1, 3});
  // x / (1 + 2 * sum of squares within one channel)
  EXPECT_THAT(
      l.Run(BuiltinOperator::LOCAL_RESPONSE_NORMALIZATION, {y}, BuiltinOptions::LocalResponseNormalizationOptions,
            schema::CreateLocalResponseNormalizationOptions(l.b.fbb(), 1, 1, 2, 1).Union()),
      Pointwise(DoubleNear(kNear), std::vector<double>{1.0 / 11, 2.0 / 29, 3.0 / 27}));
  RunOperator s;
  const int32_t z = s.In({1, 2}, {0, 1});
  s.Out({1, 2});
  EXPECT_THAT(s.Run(BuiltinOperator::SOFTMAX, {z}, BuiltinOptions::SoftmaxOptions,
                    schema::CreateSoftmaxOptions(s.b.fbb(), 2).Union()),
              Pointwise(DoubleNear(kNear), std::vector<double>{0.11920292, 0.88079708}));
}

TEST(MatrixConverters, SpectrumOfRealNumbers) {
  RunOperator m;
  const int32_t x = m.In({1, 4}, {1, 2, 3, 4});
  const int32_t spectrum = m.b.AddTensor("spectrum", {1, 3}, TensorType::COMPLEX64);
  m.b.AddOperator(BuiltinOperator::RFFT2D, {x, m.Ints({1, 4})}, {spectrum});
  const int32_t flat = m.b.AddTensor("flat", {3}, TensorType::COMPLEX64);
  m.b.AddOperator(BuiltinOperator::RESHAPE, {spectrum, m.Ints({3})}, {flat});
  m.Out({3});
  EXPECT_THAT(m.Run(BuiltinOperator::COMPLEX_ABS, {flat}),
              Pointwise(DoubleNear(kNear), std::vector<double>{10, 2.8284271, 2}));
  EXPECT_EQ(m.error, "");
}

TEST(MatrixConverters, RefusesOtherSumsOfComplexNumbers) {
  RunOperator m;
  const int32_t x = m.In({1, 4}, {1, 2, 3, 4});
  const int32_t spectrum = m.b.AddTensor("spectrum", {1, 3}, TensorType::COMPLEX64);
  m.b.AddOperator(BuiltinOperator::RFFT2D, {x, m.Ints({1, 4})}, {spectrum});
  m.Out({1, 3}, TensorType::COMPLEX64);
  m.Run(BuiltinOperator::MUL, {spectrum, spectrum}, BuiltinOptions::MulOptions,
        schema::CreateMulOptions(m.b.fbb()).Union());
  EXPECT_THAT(m.error, HasSubstr("computes with complex numbers"));
}

}  // namespace
}  // namespace verge::tflite
