// The optimiser from graph to file, on a small network with samples of its own.
#include "optimizer/optimize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "ir/text.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::optimizer {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Two convolutions and a layer over all of it, with weights that differ.
ir::Graph Network() {
  ir::Graph graph = *ir::Parse(
      "graph \"network\"\n"
      "input x: f32[1, 8, 8, 4]\n"
      "const w1: f32[16, 3, 3, 4] = fill(1)\n"
      "const b1: f32[16] = fill(1)\n"
      "const w2: f32[16, 1, 1, 16] = fill(1)\n"
      "const b2: f32[16] = fill(1)\n"
      "const w3: f32[10, 1024] = fill(1)\n"
      "a = conv2d(x, w1, b1) {activation=relu, pad_top=1, pad_bottom=1, pad_left=1, pad_right=1} \"first\"\n"
      "b = conv2d(a, w2, b2) {activation=relu} \"second\"\n"
      "f = reshape(b) {shape=[1, 1024]}\n"
      "y = fully_connected(f, w3, _) \"last\"\n"
      "output y\n");
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 0.2f);
  for (ir::Value& value : graph.values) {
    if (!value.is_constant()) continue;
    const auto buffer = ir::Buffer::Allocate(value.constant->size());
    auto* const data = reinterpret_cast<float*>(buffer->mutable_data());
    for (size_t i = 0; i < value.shape.elems(); ++i) data[i] = normal(random);
    value.constant = buffer;
  }
  return graph;
}

Samples Noise(size_t count) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  Samples samples;
  for (size_t s = 0; s < count; ++s) {
    auto array = media::Array::Allocate(DType::kF32, {1, 8, 8, 4});
    auto* const data = reinterpret_cast<float*>(array->bytes().data());
    for (size_t i = 0; i < array->bytes().size() / sizeof(float); ++i) data[i] = normal(random);
    samples.push_back({"noise", {}});
    samples.back().steps.emplace_back();
    samples.back().steps.back().push_back(*std::move(array));
  }
  return samples;
}

Settings With(Target target) {
  Settings settings;
  settings.recipe.target = target;
  settings.is_target_given = true;
  settings.latency_runs = 0;
  return settings;
}

Outcome Optimised(const Settings& settings, const Samples& samples) {
  Result<Outcome> outcome = Optimize(Network(), samples, settings);
  EXPECT_TRUE(outcome.ok()) << outcome.status().ToString();
  return outcome.ok() ? *std::move(outcome) : Outcome();
}

TEST(Optimize, EightBitsAreAQuarterAndCloseToTheOriginal) {
  const Samples samples = Noise(12);
  const Outcome outcome = Optimised(With(Target::kInt8), samples);
  ASSERT_TRUE(outcome.chosen.has_value());
  const Trial& trial = outcome.trials[*outcome.chosen];
  EXPECT_LT(trial.measured.weight_bytes, outcome.original.weight_bytes * 27 / 100);
  ASSERT_TRUE(trial.measured.closeness.has_value());
  EXPECT_GT(trial.measured.closeness->sqnr_db, 25);
  std::vector<std::string> layers;
  for (const quant::LayerReport& layer : trial.layers) layers.push_back(layer.node);
  EXPECT_THAT(layers, testing::IsSupersetOf({"first", "second", "last"}));
  EXPECT_EQ(outcome.bytes->bytes().size(), trial.measured.file_bytes);
}

TEST(Optimize, IntegersAtTheBordersAreMeasuredOnTheSameNumbers) {
  Settings settings = With(Target::kInt8);
  settings.recipe.io = quant::IntegerIo::kI8;
  const Outcome outcome = Optimised(settings, Noise(12));
  ASSERT_TRUE(outcome.chosen.has_value());
  EXPECT_GT(outcome.trials[0].measured.closeness->sqnr_db, 20);
}

TEST(Optimize, SameBytesWithAnyNumberOfThreads) {
  const Samples samples = Noise(7);
  Settings settings = With(Target::kInt8);
  const Outcome one = Optimised(settings, samples);
  settings.threads = 3;
  const Outcome three = Optimised(settings, samples);
  ASSERT_TRUE(one.bytes != nullptr && three.bytes != nullptr);
  const auto a = one.bytes->bytes(), b = three.bytes->bytes();
  EXPECT_TRUE(std::ranges::equal(a, b));
}

TEST(Optimize, IntegersWithoutDataAreRefused) {
  const auto refused = Optimize(Network(), {}, With(Target::kInt8));
  EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("--calibrate"));
  EXPECT_TRUE(Optimize(Network(), {}, With(Target::kFp16)).ok());
}

TEST(Optimize, BudgetThatNothingMeetsIsSaidWithBothNumbers) {
  Settings settings = With(Target::kInt8);
  settings.budget.max_bytes = 100;
  const Outcome outcome = Optimised(settings, Noise(4));
  EXPECT_FALSE(outcome.chosen.has_value());
  EXPECT_EQ(outcome.bytes, nullptr);
  EXPECT_GT(outcome.trials.size(), 1U) << "other ways to quantise were not tried";
  EXPECT_THAT(outcome.trials[0].misses.at(0), HasSubstr("not at most 100"));
  EXPECT_THAT(ToText(outcome), HasSubstr("nothing that was tried is within the budget"));
}

TEST(Optimize, ABudgetAloneMovesOnToWiderActivations) {
  const Samples samples = Noise(8);
  Settings settings;
  settings.latency_runs = 0;
  settings.budget.min_sqnr_db = Optimised(With(Target::kInt16x8), samples).trials[0].measured.closeness->sqnr_db - 0.01;
  const Outcome outcome = Optimised(settings, samples);
  ASSERT_TRUE(outcome.chosen.has_value()) << ToText(outcome);
  EXPECT_EQ(outcome.trials[*outcome.chosen].name, "int16x8");
}

TEST(Optimize, MixedKeepsOnlyWhatTheBudgetNeeds) {
  const Samples samples = Noise(8);
  const Outcome plain = Optimised(With(Target::kInt8), samples);
  Settings settings = With(Target::kMixed);
  settings.budget.min_sqnr_db = plain.trials[0].measured.closeness->sqnr_db + 1.5;
  const Outcome outcome = Optimised(settings, samples);
  ASSERT_TRUE(outcome.chosen.has_value()) << ToText(outcome);
  const Trial& chosen = outcome.trials[*outcome.chosen];
  EXPECT_GE(chosen.measured.closeness->sqnr_db, *settings.budget.min_sqnr_db);
  EXPECT_GT(chosen.measured.file_bytes, plain.trials[0].measured.file_bytes);
  EXPECT_LT(chosen.measured.file_bytes, outcome.original.file_bytes);
  EXPECT_EQ(outcome.sensitivity.size(), 3U);
  EXPECT_LE(outcome.sensitivity[0].sqnr_db, outcome.sensitivity[2].sqnr_db);
}

TEST(Optimize, GoesOnWhereItWasStopped) {
  const auto folder = sys::TempDir::Create();
  ASSERT_TRUE(folder.ok());
  const Samples samples = Noise(4);
  Settings settings = With(Target::kMixed);
  settings.budget.min_sqnr_db = 200;  // only f32 does that
  settings.memo_path = sys::JoinPath(folder->path(), "memo");
  // Stopped at the last layer's sensitivity.
  settings.watch = [](const std::string& stage, size_t done, size_t total) -> Status {
    if (stage == "sensitivity" && done + 1 == total) return VERGE_ERROR(kCancelled, "stopped");
    return Status::Ok();
  };
  EXPECT_EQ(Optimize(Network(), samples, settings).code(), StatusCode::kCancelled);
  EXPECT_TRUE(sys::Exists(settings.memo_path));
  settings.watch = nullptr;
  const Outcome resumed = Optimised(settings, samples);
  EXPECT_FALSE(sys::Exists(settings.memo_path));
  settings.memo_path.clear();
  const Outcome whole = Optimised(settings, samples);
  ASSERT_EQ(resumed.sensitivity.size(), whole.sensitivity.size());
  for (size_t i = 0; i < whole.sensitivity.size(); ++i) {
    EXPECT_EQ(resumed.sensitivity[i].node, whole.sensitivity[i].node);
    EXPECT_EQ(resumed.sensitivity[i].sqnr_db, whole.sensitivity[i].sqnr_db);
  }
}

TEST(Optimize, ReportsNameWhatWasDone) {
  const Outcome outcome = Optimised(With(Target::kInt8), Noise(4));
  const nlohmann::json json = nlohmann::json::parse(ToJson(outcome));
  EXPECT_EQ(json["model"], "network");
  EXPECT_EQ(json["chosen"], 0);
  EXPECT_GE(json["trials"][0]["layers"].size(), 3U);
  const std::string html = ToHtml(outcome);
  for (const char* part : {"<!doctype html>", "Pareto front", "first", "Layers of the chosen model", "int8, mse"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(ToText(outcome), HasSubstr("chosen"));
  EXPECT_THAT(ExplainPasses(outcome), HasSubstr("fold_constants"));
}

}  // namespace
}  // namespace verge::optimizer
