// Real models with open sizes: one file for all of them gives what a file made for one size alone gives.
#include <gtest/gtest.h>

#include <cstring>

#include "compile/compile.h"
#include "format/model/model.h"
#include "runtime/sized_session.h"
#include "sys/file/mapped_file.h"

namespace verge {
namespace {

std::shared_ptr<const runtime::Model> Load(const std::string& model, const compile::ImportOptions& options) {
  const auto file = sys::MappedFile::Open(std::string(VERGE_CACHE_DIR) + "/models/" + model);
  EXPECT_TRUE(file.ok()) << file.status().ToString() << "; ./x test fetches the models this test needs";
  if (!file.ok()) return nullptr;
  auto compiled = compile::ImportAndCompile(file->bytes(), model, options);
  EXPECT_TRUE(compiled.ok()) << compiled.status().ToString();
  if (!compiled.ok()) return nullptr;
  const auto bytes = std::make_shared<format::AlignedBytes>(std::move(compiled->bytes));
  auto verified = format::VerifiedModel::Verify(bytes->bytes(), bytes);
  EXPECT_TRUE(verified.ok()) << verified.status().ToString();
  auto loaded = runtime::Model::Load(std::move(verified).value());
  EXPECT_TRUE(loaded.ok()) << loaded.status().ToString();
  return loaded.ok() ? *loaded : nullptr;
}

void Fill(const Tensor& x) {
  for (size_t i = 0; i < x.shape().elems(); ++i) x.as<float>()[i] = 0.001F * static_cast<float>(i * 7919 % 1999) - 1;
}

// Runs `sized` at this shape of input 0, and the same file imported for this shape alone; the bits must agree.
void ExpectSameAsFixed(runtime::SizedSession& sized, const std::string& model, const Shape& shape) {
  SCOPED_TRACE(model + " " + ToString(shape));
  const std::vector<Shape> shapes = {shape};
  const Status status = sized.SetShapes(shapes);
  ASSERT_TRUE(status.ok()) << status.ToString();
  const std::string input(sized.now().model().inputs()[0].name);
  const auto fixed = Load(model, {.shapes = {{input, shape}}});
  ASSERT_NE(fixed, nullptr);
  auto session = runtime::Session::Create(fixed);
  ASSERT_TRUE(session.ok());
  Fill(session->input(0));
  Fill(sized.now().input(0));
  session->Run();
  sized.now().Run();
  const Tensor& want = session->output(0);
  const Tensor& got = sized.now().output(0);
  ASSERT_EQ(got.shape(), want.shape());
  EXPECT_EQ(std::memcmp(got.data, want.data, *want.type.CheckedBytes()), 0);
}

TEST(OpenSizes, MelSpectrogramOfAnyLength) {
  const std::string model = "oww_melspectrogram.onnx";
  const auto loaded = Load(model, {.dynamic = {{"samples", {1280, 160000, 160}}}});
  ASSERT_NE(loaded, nullptr);
  auto sized = runtime::SizedSession::Create(loaded, nullptr, 2);
  ASSERT_TRUE(sized.ok()) << sized.status().ToString();
  for (const int64_t samples : {1280, 1440, 16000, 1280, 159840}) ExpectSameAsFixed(*sized, model, {1, samples});
  EXPECT_EQ(sized->kept_plans(), 2U);
  const std::vector<Shape> odd = {{1, 1300}};
  EXPECT_EQ(sized->SetShapes(odd).code(), StatusCode::kInvalidArgument);
  const std::vector<Shape> other = {{2, 1440}};
  EXPECT_NE(sized->SetShapes(other).message().find("leaves nothing open"), std::string_view::npos);
  EXPECT_EQ(sized->now().input(0).shape(), (Shape{1, 159840}));
}

TEST(OpenSizes, BatchesShareThePackedWeights) {
  const std::string model = "oww_embedding_model.onnx";
  const auto loaded = Load(model, {.dynamic = {{"unk__314", {1, 32, 1}}}});
  ASSERT_NE(loaded, nullptr);
  auto sized = runtime::SizedSession::Create(loaded);
  ASSERT_TRUE(sized.ok());
  for (const int64_t batch : {1, 2, 7, 32}) ExpectSameAsFixed(*sized, model, {batch, 76, 32, 1});
  EXPECT_GT(loaded->packed_bytes(), 0U);
  const std::vector<int64_t> five = {5};
  const auto resized = runtime::Model::ForSizes(loaded, five);
  ASSERT_TRUE(resized.ok()) << resized.status().ToString();
  EXPECT_EQ((*resized)->packed_bytes(), 0U);
}

TEST(OpenSizes, TfliteOfAnyLength) {
  const std::string model = "oww_melspectrogram.tflite";
  const auto file = sys::MappedFile::Open(std::string(VERGE_CACHE_DIR) + "/models/" + model);
  ASSERT_TRUE(file.ok());
  const auto loaded = Load(model, {.dynamic = {{"serving_default_input:0:1", {1280, 16000, 160}}}});
  ASSERT_NE(loaded, nullptr);
  auto sized = runtime::SizedSession::Create(loaded);
  ASSERT_TRUE(sized.ok());
  for (const int64_t samples : {1280, 1600, 16000}) ExpectSameAsFixed(*sized, model, {1, samples});
}

TEST(OpenSizes, WhatIsNotOpenIsNamed) {
  const auto file = sys::MappedFile::Open(std::string(VERGE_CACHE_DIR) + "/models/oww_melspectrogram.onnx");
  ASSERT_TRUE(file.ok());
  const auto refused = [&](const compile::ImportOptions& options) {
    return std::string(compile::ImportAndCompile(file->bytes(), "mel", options).status().message());
  };
  EXPECT_NE(refused({.dynamic = {{"seconds", {1, 9, 1}}}}).find("open are"), std::string::npos);
  EXPECT_NE(refused({.dynamic = {{"samples", {9, 1, 1}}}}).find("wants 1 <= min <= max"), std::string::npos);
}

}  // namespace
}  // namespace verge
