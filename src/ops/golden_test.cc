// Values computed by hand, so that the reference kernels themselves are judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/attr_text.h"
#include "ops/case_file.h"
#include "ops/kernel_list.h"

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
std::vector<float> Ref(const char* op_name, std::vector<In> in, const char* attrs_text = "", std::string* type = nullptr) {
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
  ReferenceKernel(id).run({attrs, inputs, outputs});
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

}  // namespace
}  // namespace verge::ops
