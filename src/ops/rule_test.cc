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
  ExpectError(Infer("add", {F32({1 << 20, 1}), F32({1, 1 << 20})}), "output 0 of shape [1048576, 1048576] is too large");
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

}  // namespace
}  // namespace verge::ops
