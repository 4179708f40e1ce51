// What shape rules refuse: each refusal names the input or attribute that is wrong.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/attr_text.h"
#include "ops/op_def.h"

namespace verge::ops {
namespace {

TensorType F32(std::initializer_list<int64_t> dims) { return {DType::kF32, Shape(dims), {}}; }

struct Inferred {
  Status status;
  TensorType output;
};

Inferred Infer(const char* op_name, const std::vector<TensorType>& inputs, const char* attrs = "") {
  const Result<OpId> id = FindOp(op_name);
  if (!id.ok()) return {id.status(), {}};
  const OpDef& op = GetOp(*id);
  const Result<OpAttrs> parsed = ParseAttrs(op, attrs);
  if (!parsed.ok()) return {parsed.status(), {}};
  std::vector<InferInput> args;
  for (const TensorType& type : inputs) args.push_back({type, nullptr, true});
  std::vector<TensorType> outputs(1);
  Status status = op.infer({*parsed, args, outputs});
  return {std::move(status), outputs[0]};
}

void ExpectShape(const Inferred& got, std::initializer_list<int64_t> dims) {
  ASSERT_TRUE(got.status.ok()) << got.status.ToString();
  EXPECT_EQ(got.output.shape, Shape(dims)) << ToString(got.output.shape);
}

void ExpectError(const Inferred& got, const char* part) {
  ASSERT_FALSE(got.status.ok()) << "accepted, output " << ToString(got.output.shape);
  EXPECT_NE(got.status.ToString().find(part), std::string::npos) << got.status.ToString();
}

TEST(SharedChecks, RefuseWrongCountsEmptyAndHugeTensors) {
  ExpectError(Infer("relu", {}), "has 0 inputs, wants 1");
  ExpectError(Infer("relu", {F32({1}), F32({1})}), "has 2 inputs, wants 1");
  ExpectError(Infer("relu", {F32({1, 0, 3})}), "input 0 has the empty or negative shape [1, 0, 3]");
  ExpectError(Infer("relu", {F32({int64_t{1} << 40, int64_t{1} << 40})}), "too large");
  ExpectError(Infer("add", {F32({1 << 20, 1}), F32({1, 1 << 20})}),
              "output 0 of shape [1048576, 1048576] is too large");
  ExpectError(Infer("relu", {{DType::kI32, {4}, {}}}), "input 0 (x) is i32, wants f32");
}

TEST(SharedChecks, RefuseAttributesThatNeverWentThroughAReader) {
  OpAttrs attrs;  // all zero: stride 0
  const OpDef& op = GetOp(*FindOp("conv2d"));
  const std::vector<InferInput> inputs = {{F32({1, 4, 4, 1}), nullptr, true}, {F32({1, 1, 1, 1}), nullptr, true}};
  std::vector<TensorType> outputs(1);
  const Status status = op.infer({attrs, inputs, outputs});
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.ToString().find("attribute stride_h is 0"), std::string::npos) << status.ToString();
}

TEST(Conv2dRule, ComputesTheOutput) {
  ExpectShape(Infer("conv2d", {F32({2, 300, 300, 3}), F32({32, 3, 3, 3}), F32({32})},
                    "{stride_h=2, stride_w=2, pad_bottom=1, pad_right=1}"),
              {2, 150, 150, 32});
  ExpectShape(Infer("conv2d", {F32({1, 8, 8, 4}), F32({6, 3, 1, 2})}, "{groups=2, dilation_h=2}"), {1, 4, 8, 6});
}

TEST(Conv2dRule, RefusesWhatDoesNotFit) {
  ExpectError(Infer("conv2d", {F32({1, 8, 8}), F32({6, 3, 3, 4})}), "input 0 (x) has shape [1, 8, 8]");
  ExpectError(Infer("conv2d", {F32({1, 8, 8, 4}), F32({6, 3, 3, 5})}), "input 1 (w)");
  ExpectError(Infer("conv2d", {F32({1, 8, 8, 4}), F32({6, 3, 3, 4}), F32({5})}), "input 2 (b)");
  ExpectError(Infer("conv2d", {F32({1, 2, 8, 4}), F32({6, 3, 3, 4})}), "window is 3 in height");
  ExpectError(Infer("conv2d", {F32({1, 8, 8, 4}), F32({6, 3, 3, 2})}, "{groups=3}"), "groups is 3");
}

TEST(AddRule, Broadcasts) {
  ExpectShape(Infer("add", {F32({4, 1, 3}), F32({5, 1})}), {4, 5, 3});
  ExpectShape(Infer("add", {F32({}), F32({2})}), {2});
  ExpectError(Infer("add", {F32({4, 3}), F32({4})}), "do not broadcast");
}

TEST(DepthwiseRule, WantsAMultipleOfTheChannels) {
  ExpectShape(Infer("depthwise_conv2d", {F32({1, 8, 8, 4}), F32({1, 3, 3, 8}), F32({8})}, "{pad_top=1, stride_w=2}"),
              {1, 7, 3, 8});
  ExpectError(Infer("depthwise_conv2d", {F32({1, 8, 8, 4}), F32({1, 3, 3, 6})}), "a multiple of the image's 4");
  ExpectError(Infer("depthwise_conv2d", {F32({1, 8, 8, 4}), F32({2, 3, 3, 4})}), "wants 1 in dimension 0");
  ExpectError(Infer("depthwise_conv2d", {F32({1, 8, 8, 4}), F32({1, 3, 3, 4}), F32({8})}), "input 2 (b)");
}

TEST(ReshapeRule, ConservesElements) {
  ExpectShape(Infer("reshape", {F32({2, 6})}, "{shape=[3, -1]}"), {3, 4});
  ExpectShape(Infer("reshape", {F32({1, 1})}, "{shape=[]}"), {});
  ExpectError(Infer("reshape", {F32({2, 6})}, "{shape=[5, -1]}"), "cannot become attribute shape [5, -1]");
  ExpectError(Infer("reshape", {F32({2, 6})}, "{shape=[-1, -1]}"), "cannot become");
  ExpectError(Infer("reshape", {F32({2, 6})}, "{shape=[0, -1]}"), "cannot become");
  ExpectError(Infer("reshape", {F32({2, 6})}, "{shape=[4611686018427387904, 8]}"), "cannot become");
  ExpectError(Infer("reshape", {F32({1})}, "{shape=[1, 1, 1, 1, 1, 1, 1, 1, 1]}"), "cannot become");
}

TEST(ConcatRule, WantsTheSameShapeBesideTheAxis) {
  ExpectShape(Infer("concat", {F32({1, 2, 3}), F32({1, 5, 3})}, "{axis=-2}"), {1, 7, 3});
  ExpectError(Infer("concat", {F32({1, 2}), F32({2, 2})}, "{axis=1}"), "input 1 (x) is f32[2, 2]");
  ExpectError(Infer("concat", {F32({1, 2}), {DType::kU8, {1, 2}, {}}}, "{axis=1}"), "input 1 (x) is u8[1, 2]");
  ExpectError(Infer("concat", {F32({1, 2})}, "{axis=2}"), "axis 2 is outside");
}

TEST(PadRule, WantsOneWidthADimension) {
  ExpectShape(Infer("pad", {F32({2, 3})}, "{before=[1, 0], after=[0, 2]}"), {3, 5});
  ExpectError(Infer("pad", {F32({2, 3})}, "{before=[1], after=[0, 2]}"), "have 1 and 2 widths");
  ExpectError(Infer("pad", {F32({2, 3})}, "{before=[-1, 0], after=[0, 2]}"), "the widths -1 and 0");
  ExpectError(Infer("pad", {F32({2})}, "{before=[9223372036854775807], after=[1]}"), "in dimension 0");
}

TEST(PoolRule, RefusesEmptyWindows) {
  ExpectShape(Infer("avg_pool2d", {F32({1, 7, 7, 5})}, "{filter_h=3, filter_w=2, stride_w=2, pad_top=2}"),
              {1, 7, 3, 5});
  ExpectError(Infer("max_pool2d", {F32({1, 7, 7, 5})}, "{filter_h=2, filter_w=2, pad_left=2}"), "would be empty");
  ExpectError(Infer("max_pool2d", {F32({1, 2, 7, 5})}, "{filter_h=3}"), "window is 3 in height");
}

TEST(ResizeRule, RefusesBothFlags) {
  ExpectShape(Infer("resize_bilinear", {F32({1, 2, 3, 4})}, "{height=7, width=5}"), {1, 7, 5, 4});
  ExpectError(Infer("resize_bilinear", {F32({1, 2, 3, 4})}, "{height=2, align_corners=true, half_pixel_centers=true}"),
              "exclude each other");
}

TEST(DequantizeRule, WantsScalesForIntegers) {
  ExpectShape(Infer("dequantize", {{DType::kF16, {3}, {}}}), {3});
  ExpectError(Infer("dequantize", {{DType::kI8, {3}, {}}}), "with 0 scales");
  const std::vector<float> scales = {1, 2};
  const std::vector<int32_t> zeros = {0, 0};
  ExpectShape(Infer("dequantize", {{DType::kI8, {3, 2}, {scales, zeros, 1}}}), {3, 2});
  ExpectError(Infer("dequantize", {{DType::kI8, {3, 2}, {scales, zeros, 0}}}), "its axis 0");
  ExpectError(Infer("dequantize", {{DType::kI8, {3, 2}, {scales, zeros, -1}}}), "its axis -1");
  ExpectError(Infer("dequantize", {F32({3})}), "input 0 (x) is f32");
}

}  // namespace
}  // namespace verge::ops
