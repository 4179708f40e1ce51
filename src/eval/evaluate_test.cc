// Evaluations from end to end, with a model that doubles what it gets.
#include "eval/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <optional>

#include "eval/report.h"
#include "format/model/test_model.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::eval {
namespace {

using testing::HasSubstr;

// y = x + x, of [1, 4].
std::shared_ptr<const runtime::Model> Doubling() {
  format::ModelSpec spec;
  const TensorType type{DType::kF32, Shape{1, 4}, {}};
  spec.name = "doubling";
  spec.values = {{"x", type, {}}, {"y", type, {}}};
  spec.nodes = {{ops::ids::kAdd, "add", format::TestModel::Attrs(ops::ids::kAdd, ""), {0, 0}, {1}}};
  spec.inputs = {0};
  spec.outputs = {1};
  auto written = format::WriteModel(spec);
  EXPECT_TRUE(written.ok()) << written.status().ToString();
  const auto bytes = std::make_shared<format::AlignedBytes>(std::move(written).value());
  auto verified = format::VerifiedModel::Verify(bytes->bytes(), bytes);
  EXPECT_TRUE(verified.ok()) << verified.status().ToString();
  auto model = runtime::Model::Load(std::move(verified).value());
  EXPECT_TRUE(model.ok()) << model.status().ToString();
  return *model;
}

class EvaluateTest : public testing::Test {
 protected:
  void SetUp() override {
    auto dir = sys::TempDir::Create();
    ASSERT_TRUE(dir.ok()) << dir.status().ToString();
    dir_.emplace(std::move(dir).value());
    options_.open = [model = Doubling()](const std::string& path) -> Result<std::shared_ptr<const runtime::Model>> {
      if (path == "doubling") return model;
      return VERGE_ERROR(kUnsupported, path + ": cannot run");
    };
  }

  void WriteTensor(const std::string& name, const std::vector<float>& values) const {
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), 4 * values.size());
    ASSERT_TRUE(sys::WriteFileAtomic(dir_->File(name), bytes).ok());
  }

  // The class of item k is k % 4; every fifth item says the next class.
  void WriteClasses(int items) const {
    std::string labels;
    for (int k = 0; k < items; ++k) {
      std::vector<float> values(4);
      values[static_cast<size_t>((k + (k % 5 == 0 ? 1 : 0)) % 4)] = 1;
      const std::string name = std::to_string(1000 + k) + ".bin";
      WriteTensor(name, values);
      labels += name + "," + std::to_string(k % 4) + "\n";
    }
    ASSERT_TRUE(sys::WriteFileAtomic(dir_->File("labels.csv"), labels).ok());
  }

  Spec Read(const std::string& text) const {
    auto spec = ParseSpec("test.yaml", text, {{"dir", dir_->path()}});
    EXPECT_TRUE(spec.ok()) << spec.status().ToString();
    return spec.ok() ? *spec : Spec();
  }
  Spec Classes(const std::string& more = "") const {
    return Read(
        "model: doubling\ntask: classify\n"
        "data: {kind: tensors, folder: '${dir}', csv: {file: '${dir}/labels.csv'}}\n" +
        more);
  }

  std::optional<sys::TempDir> dir_;
  EvaluateOptions options_;
};

TEST_F(EvaluateTest, ThreadsChangeNothing) {
  WriteClasses(20);
  for (const int threads : {1, 4}) {
    options_.threads = threads;
    size_t last = 0;
    options_.progress = [&](size_t done, size_t total) {
      EXPECT_EQ(done, ++last);
      EXPECT_EQ(total, 20u);
    };
    const Report report = Evaluate(Classes("require: {top1: 0.8}"), options_);
    EXPECT_EQ(report.verdict, Verdict::kPassed) << report.message;
    ASSERT_EQ(report.figures.size(), 1u);
    EXPECT_DOUBLE_EQ(report.figures[0].value, 0.8);
    EXPECT_EQ(last, 20u);
  }
}

TEST_F(EvaluateTest, FailsWhatIsBelowWhatIsRequired) {
  WriteClasses(20);
  const Report low = Evaluate(Classes("require: {top1: 0.81}"), options_);
  EXPECT_EQ(low.verdict, Verdict::kFailed);
  EXPECT_THAT(low.message, HasSubstr("top1 is 0.8, required is at least 0.81"));
  const Report unknown = Evaluate(Classes("require: {top3: 0.1}"), options_);
  EXPECT_EQ(unknown.verdict, Verdict::kFailed);
  EXPECT_THAT(unknown.message, HasSubstr("no such figure"));
  EXPECT_EQ(Unmet({{"x", 0, 1}}, {{"x", std::nan(""), {}}}).substr(0, 8), "x is nan");
}

TEST_F(EvaluateTest, APartOfTheDataJudgesNothing) {
  WriteClasses(20);
  options_.limit = 5;  // items 0, 4, 8, 12, 16: of which 0 is wrong
  const Report report = Evaluate(Classes("require: {top1: 0.99}"), options_);
  EXPECT_FALSE(report.is_whole);
  EXPECT_EQ(report.items, 5u);
  EXPECT_DOUBLE_EQ(report.figures[0].value, 0.8);
}

TEST_F(EvaluateTest, PendingIsKeptTrue) {
  WriteClasses(4);
  Spec spec = Classes("pending: no such model yet\n");
  spec.model = "other";
  const Report pending = Evaluate(spec, options_);
  EXPECT_EQ(pending.verdict, Verdict::kPending);
  EXPECT_THAT(pending.message, HasSubstr("cannot run"));
  spec.model = "doubling";
  const Report passes = Evaluate(spec, options_);
  EXPECT_EQ(passes.verdict, Verdict::kFailed);
  EXPECT_THAT(passes.message, HasSubstr("take the line"));
}

TEST_F(EvaluateTest, NamesTheItemThatFails) {
  WriteClasses(4);
  WriteTensor("1002.bin", {1, 2, 3});
  const Report report = Evaluate(Classes(), options_);
  EXPECT_EQ(report.verdict, Verdict::kFailed);
  EXPECT_THAT(report.message, HasSubstr("1002.bin: 3 values for an input [1, 4]"));
}

// The doubled values differ from the given ones by the values themselves: the mean square is the score.
TEST_F(EvaluateTest, AnomalyAveragesWindows) {
  WriteTensor("a.bin", {0, 0, 0, 0, 1, 1, 1, 1});  // windows score 0 and 1
  WriteTensor("b.bin", {2, 2, 2, 2});
  WriteTensor("c.bin", {0, 0, 0, 0});
  const Report report = Evaluate(Read("model: doubling\ntask: anomaly\n"
                                      "data: {kind: tensors, folder: '${dir}', positive: '1', list: [{file: a.bin, "
                                      "label: '1'}, {file: b.bin, label: '0'}, {file: c.bin, label: '0'}]}\n"
                                      "input: {step: 4}\n"),
                                 options_);
  EXPECT_EQ(report.verdict, Verdict::kPassed) << report.message;
  ASSERT_EQ(report.figures.size(), 2u);
  EXPECT_EQ(report.figures[0].name, "auc");
  EXPECT_DOUBLE_EQ(report.figures[0].value, 0.5);
}

TEST_F(EvaluateTest, AgreementWithAnotherModel) {
  WriteClasses(4);
  const Report report = Evaluate(Read("model: doubling\nreference: doubling\ntask: agreement\n"
                                      "data: {kind: tensors, folder: '${dir}', csv: {file: '${dir}/labels.csv'}}\n"
                                      "input: {scale: 2}\nreference_input: {scale: 2.5}\n"),
                                 options_);
  EXPECT_EQ(report.verdict, Verdict::kPassed) << report.message;
  ASSERT_GE(report.figures.size(), 4u);
  EXPECT_NEAR(report.figures[0].value, 20 * std::log10(5.0), 1e-9);  // 4 for 5
  EXPECT_NEAR(report.figures[1].value, 1, 1e-12);
  EXPECT_NEAR(report.figures[2].value, 0.2, 1e-6);
  EXPECT_DOUBLE_EQ(report.figures[3].value, 1);
}

TEST_F(EvaluateTest, JsonSaysNullForWhatCannotBeMeasured) {
  Report report;
  report.spec.name = "n";
  report.figures = {{"auc", std::nan(""), std::nullopt}, {"top1", 0.5, Interval{0.25, 0.75}}};
  report.verdict = Verdict::kPassed;
  const std::string json = ToJson(std::span(&report, 1));
  EXPECT_THAT(json, HasSubstr("\"passed\": 1"));
  EXPECT_THAT(json, HasSubstr("\"value\": null"));
  EXPECT_THAT(json, HasSubstr("\"lo\": 0.25"));
  EXPECT_EQ(Text(report.figures[1]), "50.0 % (25.0 .. 75.0)");
  EXPECT_EQ(Text({"sqnr_db", HUGE_VAL, std::nullopt}), "no error");
}

}  // namespace
}  // namespace verge::eval
