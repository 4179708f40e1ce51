// Values computed by hand, so that the reference kernels themselves are judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "ops/attr_text.h"
#include "ops/case_file.h"
#include "ops/run_reference.h"

namespace verge::ops {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::Pointwise;

struct In {
  const char* type;
  std::vector<float> values;
};

// Runs the reference kernel on f32 inputs; an empty result stands for a refusal.
std::vector<float> Ref(const char* op_name, std::vector<In> in, const char* attrs_text = "",
                       std::string* type = nullptr) {
  const OpId id = FindOp(op_name).value();
  const OpAttrs attrs = ParseAttrs(GetOp(id), attrs_text).value();
  std::vector<InferInput> infer_inputs;
  std::vector<Tensor> inputs;
  for (In& input : in) {
    inputs.push_back({ParseTensorType(input.type).value(), input.values.data()});
    EXPECT_EQ(inputs.back().shape().elems(), input.values.size()) << input.type;
    infer_inputs.push_back({inputs.back().type, nullptr, true});
  }
  std::vector<TensorType> types(1);
  const Status status = GetOp(id).infer({attrs, infer_inputs, types});
  EXPECT_TRUE(status.ok()) << status.ToString();
  if (!status.ok()) return {};
  std::vector<float> y(types[0].shape.elems());
  const std::vector<Tensor> outputs = {{types[0], y.data()}};
  RunReference(id, attrs, inputs, outputs);
  if (type != nullptr) *type = ToString(types[0].shape);
  return y;
}

TEST(Golden, Conv2dSumsTheWindowAndAddsTheBias) {
  // 3x3 image 1..9, 2x2 kernel [1 2; 3 4]: 1*1 + 2*2 + 4*3 + 5*4 = 37, and so on.
  const In x{"f32[1, 3, 3, 1]", {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  const In w{"f32[1, 2, 2, 1]", {1, 2, 3, 4}};
  EXPECT_THAT(Ref("conv2d", {x, w, {"f32[1]", {0.5f}}}), ElementsAre(37.5f, 47.5f, 67.5f, 77.5f));
  EXPECT_THAT(Ref("conv2d", {x, w}, "{stride_h=2, stride_w=2, pad_bottom=1, pad_right=1}"), ElementsAre(37, 21, 23, 9));
  EXPECT_THAT(Ref("conv2d", {x, w}, "{dilation_h=2, dilation_w=2}"), ElementsAre(1 + 2 * 3 + 3 * 7 + 4 * 9));
  EXPECT_THAT(Ref("conv2d", {x, w, {"f32[1]", {-40}}}, "{activation=relu6}"), ElementsAre(0, 6, 6, 6));
}

TEST(Golden, Conv2dKeepsChannelsAndGroupsApart) {
  const In x{"f32[1, 1, 1, 4]", {1, 2, 3, 4}};
  EXPECT_THAT(Ref("conv2d", {x, {"f32[2, 1, 1, 4]", {1, 0, 0, 0, 1, 10, 100, 1000}}}), ElementsAre(1, 4321));
  // Outputs 0 and 1 see channels 0 and 1; outputs 2 and 3 see channels 2 and 3.
  EXPECT_THAT(Ref("conv2d", {x, {"f32[4, 1, 1, 2]", {1, 10, 2, 20, 1, 10, 2, 20}}}, "{groups=2}"),
              ElementsAre(21, 42, 43, 86));
}

TEST(Golden, AddBroadcastsAndClamps) {
  std::string type;
  EXPECT_THAT(Ref("add", {{"f32[2, 1]", {1, 2}}, {"f32[3]", {10, 20, 30}}}, "", &type),
              ElementsAre(11, 21, 31, 12, 22, 32));
  EXPECT_EQ(type, "[2, 3]");
  EXPECT_THAT(Ref("add", {{"f32[3]", {-5, 1, 5}}, {"f32[3]", {1, 2, 3}}}, "{activation=relu6}"), ElementsAre(0, 3, 6));
}

TEST(Golden, ReluKeepsThePositive) {
  EXPECT_THAT(Ref("relu", {{"f32[4]", {-1, 0, 0.5f, 7}}}), ElementsAre(0, 0, 0.5f, 7));
}

TEST(Golden, Relu6ClampsBothEnds) {
  EXPECT_THAT(Ref("relu6", {{"f32[4]", {-1, 0.5f, 6, 7}}}), ElementsAre(0, 0.5f, 6, 6));
}

TEST(Golden, LogisticIsTheSigmoid) {
  const std::vector<float> y = Ref("logistic", {{"f32[4]", {0, 1.0986123f, -1.0986123f, 200}}});  // ln 3
  EXPECT_THAT(y, Pointwise(FloatEq(), {0.5f, 0.75f, 0.25f, 1.0f}));
}

TEST(Golden, MulAndSubBroadcast) {
  EXPECT_THAT(Ref("mul", {{"f32[2, 2]", {1, 2, 3, 4}}, {"f32[2]", {10, -1}}}), ElementsAre(10, -2, 30, -4));
  EXPECT_THAT(Ref("sub", {{"f32[2]", {1, 5}}, {"f32[2]", {3, 2}}}, "{activation=relu}"), ElementsAre(0, 3));
}

TEST(Golden, DepthwiseKeepsChannelsApartAndOrdersMultipliersInside) {
  const In x{"f32[1, 2, 2, 2]", {1, 10, 2, 20, 3, 30, 4, 40}};
  const In w{"f32[1, 2, 2, 2]", {1, 1, 2, 0, 3, 0, 4, 1}};
  EXPECT_THAT(Ref("depthwise_conv2d", {x, w}), ElementsAre(1 + 4 + 9 + 16, 10 + 40));
  // Output c * m + k: two multiples of channel 0, then two of channel 1.
  const In pixel{"f32[1, 1, 1, 2]", {1, 10}};
  EXPECT_THAT(Ref("depthwise_conv2d", {pixel, {"f32[1, 1, 1, 4]", {1, 2, 3, 4}}, {"f32[4]", {0, 0, 0, 0.5f}}}),
              ElementsAre(1, 2, 30, 40.5f));
  EXPECT_THAT(Ref("depthwise_conv2d", {x, w}, "{pad_top=1, pad_left=1, stride_h=2, stride_w=2, activation=relu6}"),
              ElementsAre(4, 6));
}

TEST(Golden, ReshapeFillsTheFreeDimension) {
  std::string type;
  EXPECT_THAT(Ref("reshape", {{"f32[2, 3]", {1, 2, 3, 4, 5, 6}}}, "{shape=[3, -1]}", &type),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(type, "[3, 2]");
}

TEST(Golden, ConcatJoinsAlongTheAxis) {
  const In a{"f32[2, 1]", {1, 2}};
  const In b{"f32[2, 2]", {3, 4, 5, 6}};
  EXPECT_THAT(Ref("concat", {a, b}, "{axis=1}"), ElementsAre(1, 3, 4, 2, 5, 6));
  EXPECT_THAT(Ref("concat", {b, b}, "{axis=-2}"), ElementsAre(3, 4, 5, 6, 3, 4, 5, 6));
}

TEST(Golden, PadSurroundsWithTheValue) {
  EXPECT_THAT(Ref("pad", {{"f32[2, 2]", {1, 2, 3, 4}}}, "{before=[1, 0], after=[0, 1], value=9}"),
              ElementsAre(9, 9, 9, 1, 2, 9, 3, 4, 9));
}

TEST(Golden, PoolsLeaveTheBorderOut) {
  const In x{"f32[1, 2, 2, 1]", {-1, -2, -3, -6}};
  EXPECT_THAT(Ref("max_pool2d", {x}, "{filter_h=2, filter_w=2}"), ElementsAre(-1));
  EXPECT_THAT(Ref("avg_pool2d", {x}, "{filter_h=2, filter_w=2}"), ElementsAre(-3));
  const char* same = "{filter_h=2, filter_w=2, pad_bottom=1, pad_right=1}";
  EXPECT_THAT(Ref("max_pool2d", {x}, same), ElementsAre(-1, -2, -3, -6));
  EXPECT_THAT(Ref("avg_pool2d", {x}, same), ElementsAre(-3, -4, -4.5f, -6));
}

TEST(Golden, ResizeBilinearPlacesPixelsByItsFlags) {
  const In x{"f32[1, 1, 2, 1]", {0, 10}};
  EXPECT_THAT(Ref("resize_bilinear", {x}, "{height=1, width=4}"), ElementsAre(0, 5, 10, 10));
  EXPECT_THAT(Ref("resize_bilinear", {x}, "{height=1, width=4, half_pixel_centers=true}"),
              ElementsAre(0, 2.5f, 7.5f, 10));
  EXPECT_THAT(Ref("resize_bilinear", {x}, "{height=1, width=3, align_corners=true}"), ElementsAre(0, 5, 10));
  const In square{"f32[1, 2, 2, 1]", {0, 2, 4, 6}};
  EXPECT_THAT(Ref("resize_bilinear", {square}, "{height=1, width=1, half_pixel_centers=true}"), ElementsAre(3));
}

std::vector<float> Dequantize(const TensorType& type, const void* data) {
  const OpId id = FindOp("dequantize").value();
  const OpAttrs attrs = DefaultAttrs(GetOp(id));
  const std::vector<InferInput> infer_inputs = {{type, nullptr, true}};
  std::vector<TensorType> types(1);
  EXPECT_TRUE(GetOp(id).infer({attrs, infer_inputs, types}).ok());
  std::vector<float> y(type.shape.elems());
  const std::vector<Tensor> inputs = {{type, const_cast<void*>(data)}};
  const std::vector<Tensor> outputs = {{types[0], y.data()}};
  RunReference(id, attrs, inputs, outputs);
  return y;
}

TEST(Golden, DequantizeScalesByTensorAndByAxis) {
  const std::vector<uint16_t> half = {0x3c00, 0xc000, 0x3555, 0x0001};  // 1, -2, about 1/3, the smallest subnormal
  EXPECT_THAT(Dequantize({DType::kF16, {4}, {}}, half.data()), ElementsAre(1, -2, 0.33325195f, 5.9604645e-8f));
  const std::vector<float> scales = {0.5f, 2};
  const std::vector<int32_t> zeros = {10, -1};
  const std::vector<uint8_t> u8 = {0, 10, 255};
  EXPECT_THAT(Dequantize({DType::kU8, {3}, {std::span(scales).first(1), std::span(zeros).first(1), 0}}, u8.data()),
              ElementsAre(-5, 0, 122.5f));
  const std::vector<int8_t> i8 = {-128, 10, 0, 127};
  EXPECT_THAT(Dequantize({DType::kI8, {2, 2}, {scales, zeros, 1}}, i8.data()), ElementsAre(-69, 22, -5, 256));
  EXPECT_THAT(Dequantize({DType::kI8, {2, 2}, {scales, zeros, 0}}, i8.data()), ElementsAre(-69, 0, 2, 256));
}

// Two trees: x0 <= 1 ? (x1 < 0, NaN too ? 10 : 20 to target 0) : 5 to target 1; and 100 to both targets.
TEST(Golden, TreesSendEachRowToOneLeafEach) {
  const OpId id = FindOp("tree_ensemble").value();
  std::vector<float> x = {0, -1, 1, 0, 2, 0, 0, std::nanf("")};
  std::vector<int32_t> nodes = {1, 0, 0, 1, 4, 2, 1, 1, 2, 3, 0, 0, 0, 0, 1,
                                0, 0, 0, 1, 2, 0, 0, 0, 2, 3, 0, 0, 0, 3, 5};
  std::vector<float> thresholds = {1, 0, 0, 0, 0, 0};
  std::vector<int32_t> roots = {0, 5};
  std::vector<int32_t> targets = {0, 0, 1, 0, 1};
  std::vector<float> weights = {10, 20, 5, 100, 100};
  const std::vector<Tensor> inputs = {
      {ParseTensorType("f32[4, 2]").value(), x.data()},       {ParseTensorType("i32[6, 5]").value(), nodes.data()},
      {ParseTensorType("f32[6]").value(), thresholds.data()}, {ParseTensorType("i32[2]").value(), roots.data()},
      {ParseTensorType("i32[5]").value(), targets.data()},    {ParseTensorType("f32[5]").value(), weights.data()}};
  const auto run = [&](const char* attrs_text) {
    const OpAttrs attrs = ParseAttrs(GetOp(id), attrs_text).value();
    std::vector<InferInput> infer_inputs;
    for (const Tensor& input : inputs) infer_inputs.push_back({input.type, input.data, true});
    std::vector<TensorType> types(1);
    const Status status = GetOp(id).infer({attrs, infer_inputs, types});
    EXPECT_TRUE(status.ok()) << status.ToString();
    std::vector<float> y(8);
    const std::vector<Tensor> outputs = {{types[0], y.data()}};
    RunReference(id, attrs, inputs, outputs);
    return y;
  };
  EXPECT_THAT(run("{targets=2}"), ElementsAre(110, 100, 120, 100, 100, 105, 110, 100));
  EXPECT_THAT(run("{targets=2, aggregate=mean}"), ElementsAre(55, 50, 60, 50, 50, 52.5f, 55, 50));
  EXPECT_THAT(run("{targets=2, aggregate=min}"), ElementsAre(10, 100, 20, 100, 100, 5, 10, 100));
  EXPECT_THAT(run("{targets=2, aggregate=max}"), ElementsAre(100, 100, 100, 100, 100, 100, 100, 100));
  // A child in front of its parent would be walked for ever.
  nodes[3] = 0;
  const OpAttrs attrs = ParseAttrs(GetOp(id), "{targets=2}").value();
  std::vector<InferInput> infer_inputs;
  for (const Tensor& input : inputs) infer_inputs.push_back({input.type, input.data, true});
  std::vector<TensorType> types(1);
  EXPECT_EQ(GetOp(id).infer({attrs, infer_inputs, types}).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::ops
