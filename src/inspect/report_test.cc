#include "inspect/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "format/model/test_model.h"
#include "ir/text.h"

namespace verge::inspect {
namespace {

using testing::HasSubstr;

// 8x8x2 -> conv 3x3 to 4 channels (no padding) -> 6x6x4; the weights are stored as fp16 and used twice.
Report Example() {
  const Result<ir::Graph> graph = ir::Parse(
      "graph \"example\"\n"
      "meta \"description\" = \"for a test\"\n"
      "input x: f32[1, 8, 8, 2]\n"
      "const h: f16[4, 3, 3, 2] = fill(0.5)\n"
      "const b: f32[4] = [1, 2, 3, 4]\n"
      "w = dequantize(h)\n"
      "y = conv2d(x, w, b) {activation=relu} \"first\"\n"
      "z = conv2d(x, w, b) \"second\"\n"
      "s = add(y, z)\n"
      "output s\n");
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  Result<Report> report = MakeReport("example.tflite", 5000, FactsOf(*graph, "tflite"));
  EXPECT_TRUE(report.ok());
  return std::move(report).value();
}

TEST(Report, CountsByHand) {
  const Report report = Example();
  const uint64_t conv_macs = 6 * 6 * 4 * 3 * 3 * 2;
  EXPECT_EQ(report.total.macs, 2 * conv_macs);
  EXPECT_EQ(report.total.parameters, 72u + 4u);
  EXPECT_EQ(report.total.weights_bytes, 72u * 2 + 4u * 4);
  ASSERT_EQ(report.ops.size(), 3u);
  EXPECT_EQ(report.ops[0].op, "conv2d");
  EXPECT_EQ(report.ops[0].count, 2u);
  EXPECT_EQ(report.ops[0].cost.parameters, 76u);
  EXPECT_EQ(report.nodes[0].op, "dequantize");
  EXPECT_EQ(report.nodes[0].cost.parameters, 0u);
  EXPECT_EQ(report.nodes[1].cost.parameters, 76u);
  EXPECT_EQ(report.nodes[2].cost.parameters, 0u);  // the same weights again
  // At the sum: y, z and s of 6 * 6 * 4 floats each; x is gone. The dequantized weights are no activation.
  EXPECT_EQ(report.activation_lower_bound_bytes, 3u * 576);
  EXPECT_GE(report.activation_bytes, report.activation_lower_bound_bytes);
}

TEST(Report, PrintsForPeople) {
  const std::string text = PrintReport(Example(), true);
  EXPECT_THAT(text, HasSubstr("example.tflite: TFLite model, 5000 B\n"));
  EXPECT_THAT(text, HasSubstr("  description for a test\n"));
  EXPECT_THAT(text, HasSubstr("  input       x  f32[1, 8, 8, 2]\n"));
  EXPECT_THAT(text, HasSubstr("  nodes       4 of 3 ops\n"));
  EXPECT_THAT(text, HasSubstr("y {activation=relu}"));
  EXPECT_EQ(PrintReport(Example(), false).find("y {activation=relu}"), std::string::npos);
}

TEST(Report, JsonHasStableKeys) {
  const auto json = nlohmann::json::parse(ReportJson(Example(), true));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["format"], "tflite");
  EXPECT_EQ(json["inputs"][0]["shape"], (std::vector<int>{1, 8, 8, 2}));
  EXPECT_EQ(json["outputs"][0]["name"], "s");
  EXPECT_EQ(json["macs"], 5184);
  EXPECT_EQ(json["ops"][0]["op"], "conv2d");
  EXPECT_EQ(json["nodes"].size(), 4u);
  EXPECT_FALSE(nlohmann::json::parse(ReportJson(Example(), false)).contains("nodes"));
}

TEST(Report, TellsStoredFromDecodedBytes) {
  const format::TestModel test;  // weights of one value, 4 * 3 * 3 * 2 of them, and a short bias
  const auto file = format::WriteModel(test.spec, *format::ParseStorage("code_book"));
  ASSERT_TRUE(file.ok());
  Result<ModelFacts> facts = ReadModel(file->bytes());
  ASSERT_TRUE(facts.ok()) << facts.status().ToString();
  const auto report = MakeReport("small.vg", file->bytes().size(), std::move(facts).value());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->total.weights_bytes, 72u * 4 + 16);
  ASSERT_EQ(report->encodings.size(), 2u);
  EXPECT_EQ(report->encodings[0].encoding, "code_book");
  EXPECT_EQ(report->encodings[0].weights_bytes, 288u);
  EXPECT_LT(report->encodings[0].stored_bytes, 64u);
  EXPECT_EQ(report->encodings[1].encoding, "raw");
  EXPECT_EQ(report->total.stored_bytes, report->encodings[0].stored_bytes + 16);
  EXPECT_THAT(PrintReport(*report, false), HasSubstr("1 as code_book: "));
  const auto json = nlohmann::json::parse(ReportJson(*report, false));
  EXPECT_EQ(json["stored_bytes"], report->total.stored_bytes);
  EXPECT_EQ(json["encodings"][0]["encoding"], "code_book");
  EXPECT_EQ(PrintReport(Example(), false).find(" as raw"), std::string::npos);
}

TEST(ReadModel, RefusesOtherFiles) {
  const std::string text = "#!/bin/sh\necho no model\n";
  const auto facts = ReadModel(std::as_bytes(std::span(text)));
  ASSERT_FALSE(facts.ok());
  EXPECT_THAT(facts.status().ToString(), HasSubstr("known are TFLite (.tflite), ONNX (.onnx) and Verge's own (.vg)"));
  EXPECT_FALSE(ReadModel({}).ok());
}

}  // namespace
}  // namespace verge::inspect
