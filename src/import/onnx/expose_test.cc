#include "import/onnx/expose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/onnx/test_models.h"

namespace verge::onnx {
namespace {

using testing::ElementsAre;

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

TEST(ExposeValues, EveryComputedValueBecomesAnOutputOnce) {
  const std::string bytes = ModelBytes(kTestModels[0].text);
  const Result<ExposedModel> exposed = ExposeValues(Bytes(bytes));
  ASSERT_TRUE(exposed.ok()) << exposed.status().ToString();
  const auto model = ParseModel(Bytes(exposed->bytes));
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  std::vector<std::string> outputs;
  for (const ValueInfo& info : model->graph.outputs) outputs.push_back(info.name);
  EXPECT_THAT(outputs, ElementsAre("y", "c", "n", "r", "p", "g", "f"));
  std::vector<std::string> values;
  for (const ComputedValue& value : exposed->values) values.push_back(value.name);
  EXPECT_THAT(values, ElementsAre("c", "n", "r", "p", "g", "f", "y"));
  EXPECT_EQ(exposed->values[1].node, "norm");
  EXPECT_EQ(exposed->values[1].op, "BatchNormalization");
}

TEST(ExposeValues, ValuesOfSubgraphsAndUnwantedOutputsStayInside) {
  for (const TestModel& test : kTestModels) {
    const Result<ExposedModel> exposed = ExposeValues(Bytes(ModelBytes(test.text)));
    ASSERT_TRUE(exposed.ok()) << test.name;
    for (const ComputedValue& value : exposed->values) {
      EXPECT_NE(value.name, "");
      EXPECT_NE(value.name, "seen") << "a value of a loop's body";
    }
  }
}

TEST(ExposeValues, OtherBytesAreRefused) {
  EXPECT_EQ(ExposeValues(Bytes("no model at all")).code(), StatusCode::kDataLoss);
  EXPECT_EQ(ExposeValues({}).code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace verge::onnx
