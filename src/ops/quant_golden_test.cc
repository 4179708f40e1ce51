// Integer forms on values computed by hand from the definitions in the headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/attr_text.h"
#include "ops/case_file.h"
#include "ops/run_reference.h"

namespace verge::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct In {
  std::string type;  // as in a .cases file, with its quantisation
  std::vector<double> values;
};

// The bytes of `values` as elements of `dtype`.
std::vector<std::byte> Bytes(DType dtype, const std::vector<double>& values) {
  std::vector<std::byte> bytes(values.size() * DTypeBytes(dtype));
  for (size_t i = 0; i < values.size(); ++i) {
    switch (dtype) {
      case DType::kI8: bytes[i] = static_cast<std::byte>(static_cast<int8_t>(values[i])); break;
      case DType::kU8: bytes[i] = static_cast<std::byte>(static_cast<uint8_t>(values[i])); break;
      case DType::kI16: reinterpret_cast<int16_t*>(bytes.data())[i] = static_cast<int16_t>(values[i]); break;
      case DType::kI32: reinterpret_cast<int32_t*>(bytes.data())[i] = static_cast<int32_t>(values[i]); break;
      case DType::kI64: reinterpret_cast<int64_t*>(bytes.data())[i] = static_cast<int64_t>(values[i]); break;
      default: reinterpret_cast<float*>(bytes.data())[i] = static_cast<float>(values[i]); break;
    }
  }
  return bytes;
}

std::vector<double> Values(const Tensor& t) {
  std::vector<double> values;
  for (size_t i = 0; i < t.shape().elems(); ++i) {
    switch (t.dtype()) {
      case DType::kI8: values.push_back(t.as<int8_t>()[i]); break;
      case DType::kU8: values.push_back(t.as<uint8_t>()[i]); break;
      case DType::kI16: values.push_back(t.as<int16_t>()[i]); break;
      case DType::kBool: values.push_back(t.as<uint8_t>()[i]); break;
      default: values.push_back(static_cast<double>(t.as<float>()[i])); break;
    }
  }
  return values;
}

// A line of a .cases file, with values; `in.type`s and what follows become the line.
struct Made {
  Case source;
  std::vector<std::vector<std::byte>> bytes;
  std::vector<InferInput> inputs;
  std::vector<TensorType> outputs = std::vector<TensorType>(1);
  Status status;
};

Made Make(const char* op, const std::vector<In>& in, const std::string& rest) {
  std::string line = "case: ";
  for (size_t i = 0; i < in.size(); ++i) line += (i > 0 ? ", " : "") + in[i].type;
  const auto cases = ParseCases(FindOp(op).value(), line + " " + rest + " tol=0");
  EXPECT_TRUE(cases.ok()) << cases.status().ToString();
  Made made;
  made.source = cases->at(0);
  for (size_t i = 0; i < in.size(); ++i) {
    made.bytes.push_back(Bytes(made.source.inputs[i].type.dtype, in[i].values));
    made.inputs.push_back({made.source.inputs[i].type, nullptr, true});
  }
  made.outputs[0].quant = ViewOf(made.source.output_quant);
  made.status = GetOp(made.source.op).infer({made.source.attrs, made.inputs, made.outputs});
  return made;
}

std::vector<double> Ref(const char* op, const std::vector<In>& in, const std::string& rest) {
  Made made = Make(op, in, rest);
  EXPECT_TRUE(made.status.ok()) << made.status.ToString();
  if (!made.status.ok()) return {};
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < in.size(); ++i) inputs.push_back({made.inputs[i].type, made.bytes[i].data()});
  std::vector<double> memory(made.outputs[0].shape.elems());
  const Tensor y{made.outputs[0], memory.data()};
  RunReference(made.source.op, made.source.attrs, inputs, std::span(&y, 1));
  return Values(y);
}

TEST(QuantGolden, FullyConnectedInt8) {
  // Real: x = 0.5 * (3, 5), w = 0.25 * (2, -1), b = 7 * 0.125, sum = 0.125 * (3*2 - 5 + 7) = 1; y steps of 0.1.
  EXPECT_THAT(Ref("fully_connected", {{"i8[1, 2] q(0.5:-1)", {2, 4}}, {"i8[1, 2] q(0.25:0)", {2, -1}}, {"i32[1]", {7}}},
                  "-> q(0.1:10)"),
              ElementsAre(20));
  // The clamp to 6 stands at 10 + 60.
  EXPECT_THAT(Ref("fully_connected", {{"i8[1, 1] q(0.5:0)", {100}}, {"i8[1, 1] q(1:0)", {100}}},
                  "-> q(0.1:10) {activation=relu6}"),
              ElementsAre(70));
}

TEST(QuantGolden, FullyConnectedUint8TakesBothZeroPointsOff) {
  // (12 - 10) * (200 - 128) + (7 - 10) * (100 - 128) = 144 + 84 = 228; 228 * 0.5 * 0.5 / 1 = 57.
  EXPECT_THAT(
      Ref("fully_connected", {{"u8[1, 2] q(0.5:10)", {12, 7}}, {"u8[1, 2] q(0.5:128)", {200, 100}}}, "-> q(1:3)"),
      ElementsAre(60));
}

TEST(QuantGolden, FullyConnectedInt16SumsIn64Bits) {
  // 2 * 32767 * 127 and a bias of 2^33 pass 32 bits: (8322818 + 8589934592) * 2^-20 = 8199.9...
  EXPECT_THAT(Ref("fully_connected",
                  {{"i16[1, 2] q(1:0)", {32767, 32767}},
                   {"i8[1, 2] q(0.00000095367431640625:0)", {127, 127}},
                   {"i64[1]", {8589934592.0}}},
                  "-> q(1:0)"),
              ElementsAre(8200));
}

TEST(QuantGolden, HybridQuantisesEachRow) {
  // Row (-1, 3): steps of 4/255, zero -64 (from -128 + 63.75); -1 is q -128 + ..., so the sum is near -1 * 2 + 3 * 4.
  const std::vector<double> y =
      Ref("fully_connected", {{"f32[2, 2]", {-1, 3, 0, 0}}, {"i8[1, 2] q(0.5:0)", {4, 8}}, {"f32[1]", {0.25}}},
          "{asymmetric_inputs=true}");
  ASSERT_EQ(y.size(), 2U);
  EXPECT_NEAR(y[0], 10.25, 4 * 4.0 / 255);
  EXPECT_EQ(y[1], 0.25) << "a row of zeros is exact";
}

TEST(QuantGolden, Conv2dPadsWithTheZeroPoint) {
  // One pixel of real value 0.5 * (9 - 5) = 2 under a 3x3 filter of ones: every border tap is worth 0.
  EXPECT_THAT(Ref("conv2d", {{"i8[1, 1, 1, 1] q(0.5:5)", {9}}, {"i8[1, 3, 3, 1] q(1:0)", {1, 1, 1, 1, 1, 1, 1, 1, 1}}},
                  "-> q(0.25:-7) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1}"),
              ElementsAre(1));
}

TEST(QuantGolden, DepthwiseScalesByChannel) {
  // Scales run 1, 1.5 (from 1 to 2 over two channels).
  EXPECT_THAT(Ref("depthwise_conv2d", {{"i8[1, 1, 1, 2] q(1:0)", {10, 10}}, {"i8[1, 1, 1, 2] q(1..2:0/3)", {3, 3}}},
                  "-> q(1:0)"),
              ElementsAre(30, 45));
}

TEST(QuantGolden, ZeroScaleSilencesItsChannel) {
  // From 0 to 2 over two channels: scales 0 and 1; the bias of the first counts in steps of 0, too.
  EXPECT_THAT(Ref("depthwise_conv2d",
                  {{"i8[1, 1, 1, 2] q(1:0)", {10, 10}}, {"i8[1, 1, 1, 2] q(0..2:0/3)", {3, 3}}, {"i32[2]", {99, 1}}},
                  "-> q(1:-2)"),
              ElementsAre(-2, 29));
}

TEST(QuantGolden, AddBringsBothToOneScale) {
  // 0.5 * (10 - 2) + 0.25 * (-8) = 2; steps of 0.5, zero 1.
  EXPECT_THAT(Ref("add", {{"i8[1] q(0.5:2)", {10}}, {"i8[1] q(0.25:0)", {-8}}}, "-> q(0.5:1)"), ElementsAre(5));
  EXPECT_THAT(Ref("sub", {{"i8[1] q(0.5:2)", {10}}, {"i8[1] q(0.25:0)", {-8}}}, "-> q(0.5:1)"), ElementsAre(13));
  EXPECT_THAT(Ref("add", {{"i16[1] q(0.5:0)", {30000}}, {"i16[1] q(0.5:0)", {30000}}}, "-> q(1:0)"),
              ElementsAre(30000));
  EXPECT_THAT(Ref("add", {{"u8[1] q(1:0)", {200}}, {"u8[1] q(1:0)", {100}}}, "-> q(1:0)"), ElementsAre(255));
}

TEST(QuantGolden, MulAndDiv) {
  EXPECT_THAT(Ref("mul", {{"i8[2] q(0.5:2)", {10, -6}}, {"i8[1] q(0.25:0)", {-8}}}, "-> q(0.5:1)"),
              ElementsAre(-15, 17));
  EXPECT_THAT(Ref("binary", {{"u8[3] q(0.5:2)", {10, 0, 3}}, {"u8[3] q(0.25:1)", {9, 9, 1}}}, "-> q(0.5:1) {kind=div}"),
              ElementsAre(5, 0, 255));
}

TEST(QuantGolden, PoolsStayInTheirSteps) {
  EXPECT_THAT(Ref("avg_pool2d", {{"i8[1, 1, 2, 1] q(0.1:-128)", {-3, -4}}}, "-> q(0.1:-128) {filter_w=2}"),
              ElementsAre(-4))
      << "-3.5 goes away from zero";
  EXPECT_THAT(Ref("max_pool2d", {{"u8[1, 1, 2, 1] q(0.1:9)", {3, 200}}}, "-> q(0.1:9) {filter_w=2, activation=relu6}"),
              ElementsAre(69));
}

TEST(QuantGolden, Curves) {
  EXPECT_THAT(Ref("logistic", {{"i8[3] q(0.1:0)", {0, 127, -128}}}, "-> q(0.00390625:-128)"),
              ElementsAre(0, 127, -128));
  // tanh(0.5) = 0.46212 -> 59.15 steps of 1/128.
  EXPECT_THAT(Ref("unary", {{"i8[2] q(0.1:0)", {5, -5}}}, "-> q(0.0078125:0) {kind=tanh}"), ElementsAre(59, -59));
  // i16: sigmoid(1) = 0.731059 -> 23955; tanh(1) = 0.761594 -> 24956. Between points the line is within 3 steps.
  const auto s = Ref("logistic", {{"i16[2] q(0.000244140625:0)", {4096, 0}}}, "-> q(0.000030517578125:0)");
  EXPECT_NEAR(s[0], 23955, 3);
  EXPECT_EQ(s[1], 16384);
  const auto t = Ref("unary", {{"i16[2] q(0.000244140625:0)", {4096, -4096}}}, "-> q(0.000030517578125:0) {kind=tanh}");
  EXPECT_NEAR(t[0], 24956, 6);
  EXPECT_NEAR(t[1], -24956, 6);
}

TEST(QuantGolden, UnaryKinds) {
  // x = -2: alpha 0.25 gives -0.5; x = 2 stays.
  EXPECT_THAT(Ref("unary", {{"i8[2] q(0.5:0)", {-4, 4}}}, "-> q(0.25:1) {kind=leaky_relu, alpha=0.25}"),
              ElementsAre(-1, 9));
  // hard_swish(1) = 4/6, (-4) = 0, (4) = 4; in steps of 1/16: 10.67, 0, 64.
  const auto h = Ref("unary", {{"i8[3] q(0.03125:0)", {32, -128, 127}}}, "-> q(0.0625:0) {kind=hard_swish}");
  EXPECT_NEAR(h[0], 10.67, 1);
  EXPECT_NEAR(h[1], 0, 1);
  EXPECT_NEAR(h[2], 63.5, 1);
  EXPECT_THAT(Ref("relu6", {{"i8[3] q(0.1:0)", {-5, 30, 100}}}, "-> q(0.05:-20)"), ElementsAre(-20, 40, 100));
}

TEST(QuantGolden, SoftmaxCountsShares) {
  // Differences of 0 and ln 3 in steps of ln(3)/10: shares 1/4 and 3/4 of 256.
  EXPECT_THAT(Ref("softmax", {{"i8[2] q(0.10986123:0)", {0, 10}}}, "-> q(0.00390625:-128)"), ElementsAre(-64, 64));
}

TEST(QuantGolden, ReduceConcatResize) {
  EXPECT_THAT(Ref("reduce", {{"i8[4] q(0.5:2)", {4, 6, 8, 10}}}, "-> q(0.25:0) {kind=mean, axes=[0]}"),
              ElementsAre(10));
  EXPECT_THAT(Ref("reduce", {{"i8[4] q(0.5:2)", {4, 6, 8, 10}}}, "-> q(0.5:0) {kind=sum, axes=[0]}"), ElementsAre(20));
  EXPECT_THAT(Ref("concat", {{"u8[1] q(0.5:10)", {20}}, {"u8[1] q(0.25:0)", {7}}}, "-> q(0.25:0) {axis=0}"),
              ElementsAre(20, 7));
  EXPECT_THAT(Ref("resize_bilinear", {{"i8[1, 1, 2, 1] q(1:0)", {0, -7}}}, "-> q(1:0) {height=1, width=4}"),
              ElementsAre(0, -4, -7, -7))
      << "-3.5 goes away from zero";
}

TEST(QuantGolden, QuantizeAndBack) {
  EXPECT_THAT(Ref("quantize", {{"f32[4]", {0.25, -0.25, 1000, 0.349}}}, "-> q(0.1:0)"), ElementsAre(3, -3, 127, 3));
  EXPECT_THAT(Ref("quantize", {{"i8[2] q(0.1:0)", {-128, 127}}}, "-> q(0.1:128) {dtype=u8}"), ElementsAre(0, 255));
  EXPECT_THAT(Ref("dequantize", {{"i8[2] q(0.5:3)", {3, -1}}}, ""), ElementsAre(0, -2));
}

TEST(QuantGolden, CompareLooksAtTheRealNumbers) {
  EXPECT_THAT(Ref("compare", {{"i8[2] q(0.5:0)", {4, 4}}, {"i8[2] q(0.25:0)", {9, 7}}}, "{kind=less}"),
              ElementsAre(1, 0));
}

TEST(QuantRules, RefuseWhatTheyCannotCompute) {
  const auto refuses = [](const char* op, const std::vector<In>& in, const std::string& rest) {
    return Make(op, in, rest).status.ToString();
  };
  EXPECT_THAT(refuses("add", {{"i8[1] q(1:0)", {0}}, {"i8[1] q(1:0)", {0}}}, ""), HasSubstr("output 0"));
  EXPECT_THAT(refuses("add", {{"i8[1]", {0}}, {"i8[1] q(1:0)", {0}}}, "-> q(1:0)"), HasSubstr("input 0"));
  EXPECT_THAT(refuses("conv2d", {{"i8[1, 1, 1, 1] q(1:0)", {0}}, {"f32[1, 1, 1, 1]", {0}}}, "-> q(1:0)"),
              HasSubstr("input 1 (w) is f32"));
  EXPECT_THAT(refuses("fully_connected", {{"i8[1, 2] q(0:0)", {0, 0}}, {"i8[1, 2] q(1:0)", {0, 0}}}, "-> q(1:0)"),
              HasSubstr("scale 0"));
  EXPECT_THAT(refuses("fully_connected", {{"u8[1, 2] q(1:300)", {0, 0}}, {"u8[1, 2] q(1:0)", {0, 0}}}, "-> q(1:0)"),
              HasSubstr("zero point 300"));
  EXPECT_THAT(refuses("max_pool2d", {{"i8[1, 1, 1, 1] q(1:0)", {0}}}, "-> q(2:0)"), HasSubstr("quantised differently"));
  EXPECT_THAT(refuses("logistic", {{"i16[1] q(1:0)", {0}}}, "-> q(1:0)"), HasSubstr("1/32768"));
}

}  // namespace
}  // namespace verge::ops
