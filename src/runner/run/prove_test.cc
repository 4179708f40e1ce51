#include "runner/run/prove.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runner/run/tiny_app_for_test.h"
#include "sys/file/file.h"

namespace verge::runner {
namespace {

using testing::HasSubstr;

const proto::HealthCheck* Find(const proto::ProveReport& report, const std::string& name) {
  for (const proto::HealthCheck& check : report.checks) {
    if (check.name == name) return &check;
  }
  return nullptr;
}

TEST(Prove, AGoodAppIsHealthy) {
  const TinyApp app;
  const Result<proto::ProveReport> report = Prove(app.dir());
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_TRUE(report->healthy) << proto::ToJson(*report);
  for (const char* name : {"contents", "golden[0].boxes", "golden[0].scores", "latency.detector"}) {
    EXPECT_NE(Find(*report, name), nullptr) << name;
  }
  EXPECT_TRUE(proto::ParseProveReport(proto::ToJson(*report)).ok());
}

TEST(Prove, AChangedGoldenNamesTheTensorAndThePlace) {
  const TinyApp app;
  std::string bytes = sys::ReadFile(app.File("golden/scores.npy"), 10000).value();
  const float wrong = 9.5F;  // was 10
  std::copy_n(reinterpret_cast<const char*>(&wrong), 4, bytes.end() - 11 * 4);
  app.Write("golden/scores.npy", bytes);
  const Result<proto::ProveReport> report = Prove(app.dir());
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->healthy);
  const proto::HealthCheck* check = Find(*report, "golden[0].scores");
  ASSERT_NE(check, nullptr);
  EXPECT_FALSE(check->ok);
  EXPECT_EQ(check->detail, "max error 0.5 > 0.0201 at index 1");
  EXPECT_TRUE(Find(*report, "golden[0].boxes")->ok);
}

TEST(Prove, WhatIsWrongWithTheAppMakesItUnhealthy) {
  const struct {
    const char* file;
    const char* from;
    const char* to;
    const char* detail;
  } cases[] = {
      {"app.yaml", "version: 3", "version: x", "app.yaml:3: version"},
      {"rules.yaml", "score >= 0.5", "scor >= 0.5", "unknown name \"scor\""},
      {"pipeline.yaml", "from: decode", "from: detect",
       "elements[4].from: expected objects for this track element; 'detect' (infer) gives tensors"},
      {"app.yaml", "{image: golden/image.npy}", "{picture: golden/image.npy}", "picture"},
      {"app.yaml", "{image: golden/image.npy}", "{image: golden/nix.npy}", "golden/nix.npy: no such file"},
  };
  for (const auto& c : cases) {
    const TinyApp app;
    app.Replace(c.file, c.from, c.to);
    const Result<proto::ProveReport> report = Prove(app.dir());
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->healthy) << c.to;
    bool is_named = false;
    for (const proto::HealthCheck& check : report->checks) is_named |= check.detail.find(c.detail) != std::string::npos;
    EXPECT_TRUE(is_named) << proto::ToJson(*report);
  }
}

TEST(Prove, DamagedFilesAreFound) {
  for (const char* path : {"tiny.vg", "golden/image.npy"}) {
    const TinyApp app;
    std::string bytes = sys::ReadFile(app.File(path), 1 << 20).value();
    app.Write(path, bytes.substr(0, bytes.size() / 2));
    const Result<proto::ProveReport> report = Prove(app.dir());
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->healthy) << path;
    EXPECT_THAT(proto::ToJson(*report), HasSubstr(path));
  }
}

TEST(Prove, NoFolderCannotBeChecked) { EXPECT_EQ(Prove("/nonexistent-app").code(), StatusCode::kNotFound); }

TEST(CompareTensors, LimitsAndNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::array<float, 3> got = {1, 2, nan};
  std::array<float, 3> want = {1, 2.02F, nan};
  const TensorType type{DType::kF32, {3}, {}};
  EXPECT_TRUE(CompareTensors("t", {type, got.data()}, {type, want.data()}, 0, 0.02).ok);
  EXPECT_FALSE(CompareTensors("t", {type, got.data()}, {type, want.data()}, 0, 0.001).ok);
  want[2] = 0;
  EXPECT_THAT(CompareTensors("t", {type, got.data()}, {type, want.data()}, 1, 1).detail, HasSubstr("inf"));
}

}  // namespace
}  // namespace verge::runner
