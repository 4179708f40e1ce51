#include "eval/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace verge::eval {
namespace {

using testing::HasSubstr;

Result<Spec> Parse(const std::string& text, const SpecDefaults& defaults = {}) {
  return ParseSpec("folder/my-model.yaml", text, {{"data", "/d"}}, defaults);
}

std::string Complaint(const std::string& text, const SpecDefaults& defaults = {}) {
  const auto spec = Parse(text, defaults);
  return spec.ok() ? "" : std::string(spec.status().message());
}

constexpr const char* kMinimal = "model: m.tflite\ntask: classify\ndata: {kind: images, folder: '${data}/x'}\n";

TEST(Spec, FillsParametersAndDefaults) {
  const auto spec = Parse(kMinimal);
  ASSERT_TRUE(spec.ok()) << spec.status().ToString();
  EXPECT_EQ(spec->name, "my-model");
  EXPECT_EQ(spec->data.folder, "/d/x");
  EXPECT_EQ(spec->input.resize, Resize::kStretch);
  EXPECT_EQ(spec->input.scale[2], 1);
}

TEST(Spec, ReadsRequirementsAndChannels) {
  const auto spec = Parse(std::string(kMinimal) +
                          "input: {mean: [1, 2, 3], scale: 0.5, colour: bgr}\n"
                          "require: {top1: 0.9, steps: {max: 1}}\n");
  ASSERT_TRUE(spec.ok()) << spec.status().ToString();
  EXPECT_EQ(spec->input.mean[1], 2);
  EXPECT_EQ(spec->input.scale[1], 0.5);
  ASSERT_EQ(spec->requirements.size(), 2u);
  EXPECT_EQ(spec->requirements[0].min, 0.9);
  EXPECT_EQ(spec->requirements[1].max, 1);
  EXPECT_TRUE(std::isinf(spec->requirements[1].min));
}

TEST(Spec, TheCommandLineNamesModelAndTask) {
  const auto spec = Parse("data: {kind: images, folder: x}", {"other.onnx", "classify"});
  ASSERT_TRUE(spec.ok()) << spec.status().ToString();
  EXPECT_EQ(spec->model, "other.onnx");
  EXPECT_EQ(Parse(kMinimal, {"other.onnx", ""})->model, "other.onnx");
}

TEST(Spec, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(Complaint("task: classify"), HasSubstr("model"));
  EXPECT_THAT(Complaint("model: m\ntask: guess\ndata: {kind: images, folder: x}"), HasSubstr("my-model.yaml:2: task"));
  EXPECT_THAT(Complaint(std::string(kMinimal) + "inptu: {}"), HasSubstr("unknown field"));
  EXPECT_THAT(Complaint(std::string(kMinimal) + "input: {mean: [1, 2]}"), HasSubstr("input.mean"));
  EXPECT_THAT(Complaint("model: m\ntask: detect\ndata: {kind: images, folder: x, boxes: y}"), HasSubstr("decoder"));
  EXPECT_THAT(Complaint("model: m\ntask: keypoints\ndata: {kind: images, folder: x}"), HasSubstr("movenet"));
  EXPECT_THAT(Complaint("model: m\ntask: agreement\ndata: {kind: images, folder: x}"), HasSubstr("reference"));
  EXPECT_THAT(Complaint("model: m\ntask: classify\ndata: {kind: images}"), HasSubstr("folder"));
  EXPECT_THAT(Complaint("model: m\ntask: classify\ndata: {kind: images, folder: x, boxes: y, label_pattern: z}"),
              HasSubstr("one of csv"));
  EXPECT_THAT(Complaint(std::string(kMinimal) + "input: {front_end: f.tflite}"), HasSubstr("frame_step"));
}

}  // namespace
}  // namespace verge::eval
