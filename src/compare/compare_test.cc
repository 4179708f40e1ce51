// Comparisons of whole models. What needs the library of ONNX Runtime uses the one that ./x test fetches.
#include "compare/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "compare/function.h"
#include "compare/tracer.h"
#include "import/onnx/test_models.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::compare {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kLibrary = VERGE_CACHE_DIR "/onnxruntime/libonnxruntime.so.1";

class CompareModels : public testing::Test {
 protected:
  void SetUp() override {
    auto dir = sys::TempDir::Create();
    ASSERT_TRUE(dir.ok());
    dir_.emplace(std::move(dir).value());
  }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string bytes = onnx::ModelBytes(text.c_str());
    EXPECT_FALSE(bytes.empty()) << "the test's own model is wrong";
    const std::string path = dir_->File(name);
    EXPECT_TRUE(sys::WriteFileAtomic(path, bytes).ok());
    return path;
  }

  std::optional<sys::TempDir> dir_;
};

const std::string kConvnet = onnx::kTestModels[0].text;

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

backend::OpenOptions WithOrt() {
  backend::OpenOptions options;
  options.choice.kind = backend::Kind::kOnnxRuntime;
  options.choice.library = kLibrary;
  return options;
}

std::vector<std::string> NamesOf(const Report& report) {
  std::vector<std::string> names;
  for (const LayerResult& layer : report.layers) names.push_back(layer.name);
  return names;
}

TEST_F(CompareModels, BothEnginesAgreeLayerByLayer) {
  const std::string path = Write("convnet.onnx", kConvnet);
  backend::OpenOptions plain;
  plain.compile.optimize = false;
  const auto report = Compare({.path = path, .options = plain}, {.path = path, .options = WithOrt()});
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->first_exceeding, std::nullopt) << ToText(*report);
  const std::vector<std::string> names = NamesOf(*report);
  for (const char* name : {"c", "n", "r", "p", "g", "f", "y"}) EXPECT_THAT(names, Contains(name));
  for (const LayerResult& layer : report->layers) EXPECT_LT(layer.metrics.max_relative, 1e-5) << layer.name;
  EXPECT_EQ(report->layers.back().name, "y");
  EXPECT_TRUE(report->layers.back().is_output);
}

TEST_F(CompareModels, OptimisedModelIsComparedWithThatOfTheFile) {
  const std::string path = Write("convnet.onnx", kConvnet);
  const auto report = Compare({.path = path, .options = WithOrt()}, {.path = path});
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->first_exceeding, std::nullopt) << ToText(*report);
  // Normalisation and relu are part of the convolution: its result is the relu's, channels last.
  const auto relu = std::ranges::find(report->layers, "r", &LayerResult::name);
  ASSERT_NE(relu, report->layers.end()) << ToText(*report);
  EXPECT_EQ(relu->other_op, "conv2d");
  EXPECT_EQ(relu->layout, Layout::kChannelsFirst);
  EXPECT_THAT(report->only, Contains("c"));
}

TEST_F(CompareModels, TheLayerWithOtherWeightsIsNamed) {
  const std::string a = Write("a.onnx", kConvnet);
  // The scale of the normalisation differs: the convolution before it is still the same.
  const std::string b = Write("b.onnx", Replaced(kConvnet, "float_data: [1, 2] }", "float_data: [1, 2.1] }"));
  backend::OpenOptions plain;
  plain.compile.optimize = false;
  const auto report = Compare({.path = a, .options = plain}, {.path = b, .options = plain});
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_FALSE(report->bounds_are_given);
  ASSERT_NE(report->first_exceeding, std::nullopt);
  const auto conv = std::ranges::find(report->layers, "c", &LayerResult::name);
  ASSERT_NE(conv, report->layers.end());
  EXPECT_TRUE(conv->metrics.is_equal());
  EXPECT_EQ(SIZE_MAX, report->layers[*report->first_exceeding].name.find('c')) << "the convolution is not to blame";
  EXPECT_GT(*report->first_exceeding, static_cast<size_t>(conv - report->layers.begin()));
  const auto norm = std::ranges::find(report->layers, "n", &LayerResult::name);
  ASSERT_NE(norm, report->layers.end());
  EXPECT_TRUE(norm->exceeds);
}

TEST_F(CompareModels, BoundsDecide) {
  const std::string a = Write("a.onnx", kConvnet);
  const std::string b = Write("b.onnx", Replaced(kConvnet, "float_data: [1, 2] }", "float_data: [1, 2.1] }"));
  const auto with = [&](const Bounds& bounds) { return Compare({.path = a}, {.path = b}, {.bounds = bounds}); };
  EXPECT_EQ(with({.max_relative = 0.5})->first_exceeding, std::nullopt);
  EXPECT_NE(with({.max_relative = 1e-3})->first_exceeding, std::nullopt);
  EXPECT_NE(with({.min_sqnr_db = 60})->first_exceeding, std::nullopt);
  EXPECT_EQ(with({.min_sqnr_db = 10})->first_exceeding, std::nullopt);
  EXPECT_TRUE(with({.min_sqnr_db = 10})->bounds_are_given);
}

TEST_F(CompareModels, SeedDecidesTheInputs) {
  const std::string a = Write("a.onnx", kConvnet);
  const std::string b = Write("b.onnx", Replaced(kConvnet, "float_data: [1, 2] }", "float_data: [1, 2.1] }"));
  const auto error = [&](uint64_t seed) {
    const auto report = Compare({.path = a}, {.path = b}, {.inputs = {.seed = seed}});
    return report.ok() ? report->layers.back().metrics.max_error : -1;
  };
  EXPECT_EQ(error(1), error(1));
  EXPECT_NE(error(1), error(2));
}

TEST_F(CompareModels, GivenInputsAreTakenAndChecked) {
  const std::string path = Write("convnet.onnx", kConvnet);
  NamedNumbers x{"x", {.dtype = DType::kF32, .shape = {1, 1, 6, 6}, .bytes = std::vector<std::byte>(36 * 4)}};
  const auto zeros = Compare({.path = path}, {.path = path}, {.inputs = {.given = {x}}});
  ASSERT_TRUE(zeros.ok()) << zeros.status().ToString();
  EXPECT_LT(zeros->layers.front().metrics.largest, 1.0) << "a convolution of zeros is its bias";
  x.name = "q";
  EXPECT_EQ(Compare({.path = path}, {.path = path}, {.inputs = {.given = {x}}}).code(), StatusCode::kNotFound);
  x.name = "x";
  x.numbers.shape = {36};
  EXPECT_EQ(Compare({.path = path}, {.path = path}, {.inputs = {.given = {x}}}).code(), StatusCode::kInvalidArgument);
}

TEST_F(CompareModels, ModelsWithOtherInputsAreRefused) {
  const std::string a = Write("a.onnx", kConvnet);
  const std::string b = Write("b.onnx", onnx::kTestModels[1].text);
  EXPECT_EQ(Compare({.path = a}, {.path = b}).code(), StatusCode::kInvalidArgument);
}

TEST_F(CompareModels, ReportsSayTheSameInEveryForm) {
  const std::string a = Write("a.onnx", kConvnet);
  const std::string b = Write("b.onnx", Replaced(kConvnet, "float_data: [1, 2] }", "float_data: [1, 2.1] }"));
  auto report = Compare({.path = a, .label = "<one>"}, {.path = b, .label = "two"});
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  ASSERT_NE(report->first_exceeding, std::nullopt);
  const std::string first = report->layers[*report->first_exceeding].name;
  EXPECT_THAT(ToText(*report),
              HasSubstr("first layer outside the bound (max error 0.001 of the largest value): " + first));
  const nlohmann::json json = nlohmann::json::parse(ToJson(*report));
  EXPECT_EQ(json["first_exceeding"], first);
  EXPECT_EQ(json["layers"].size(), report->layers.size());
  EXPECT_EQ(json["a"], "<one>");
  const std::string html = ToHtml(*report);
  EXPECT_THAT(html, HasSubstr("&lt;one&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<one>")));
  EXPECT_THAT(html, HasSubstr("<polyline class=\"curve\""));
  EXPECT_THAT(html, Not(HasSubstr("http"))) << "the page needs no other file";
}

TEST(Numbers, QuantisedOnesAreReadAsWhatTheyStandFor) {
  const int8_t q[] = {1, 2, 3, 4, 5, 6};
  const float scales[] = {0.5F, 2};
  const int32_t zeros[] = {0, 1};
  const Tensor tensor{{DType::kI8, {1, 2, 3}, {scales, zeros, 1}}, const_cast<int8_t*>(q)};
  EXPECT_THAT(Numbers::CopyOf(tensor).Real(), ElementsAre(0.5, 1, 1.5, 6, 8, 10));
}

TEST(Metrics, AreWhatTheyAreDefinedAs) {
  const double a[] = {3, 4, 0}, b[] = {3, 4, 0.5};
  const Metrics m = Measure(a, b);
  EXPECT_EQ(m.largest, 4);
  EXPECT_EQ(m.max_error, 0.5);
  EXPECT_EQ(m.max_relative, 0.125);
  EXPECT_EQ(m.worst, 2u);
  EXPECT_NEAR(m.sqnr_db, 20, 1e-9);
  EXPECT_NEAR(m.cosine, 25 / (5 * std::sqrt(25.25)), 1e-12);
  const Metrics same = Measure(a, a);
  EXPECT_TRUE(same.is_equal());
  EXPECT_TRUE(std::isinf(same.sqnr_db));
}

TEST(Metrics, WhatIsNoNumberIsAnErrorUnlessBothAgree) {
  const double nan = std::nan(""), infinity = HUGE_VAL;
  const double a[] = {nan, infinity, 1}, b[] = {nan, infinity, 1}, c[] = {1, infinity, 1};
  EXPECT_TRUE(Measure(a, b).is_equal());
  EXPECT_TRUE(std::isinf(Measure(a, c).max_error));
  EXPECT_TRUE(std::isinf(Measure(a, c).max_relative));
}

TEST(Function, IsOneWordInBothLanguages) {
  for (const auto& [ours, theirs] : {std::pair{"conv2d", "Conv"},
                                     {"matmul", "Gemm"},
                                     {"relu", "Relu"},
                                     {"logistic", "Sigmoid"},
                                     {"max_pool2d", "MaxPool"}}) {
    EXPECT_EQ(FunctionOfOnnx(ours), FunctionOfOnnx(theirs));
  }
}

}  // namespace
}  // namespace verge::compare
