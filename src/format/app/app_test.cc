#include "format/app/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace verge::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kGood = R"(verge: 1
name: obstacle
version: 2
description: People in front of the machine
models:
  detector:
    file: ssd.vg
    labels: labels.txt
    card: ssd.card.json
pipeline: pipeline.yaml
rules: rules.yaml
files: [assets/map.png]
params:
  video: {default: "", description: "file or URI of the camera"}
health:
  golden:
    - model: detector
      inputs: {in: golden/in0.npy}
      outputs: {raw/boxes: golden/out0.npy}
      relative: 1.0e-3
      absolute: 1.0e-4
  latency: {model: detector, p95_ms: 500, runs: 10}
  heartbeat_s: 10
  soak_s: 3
limits: {memory_mb: 256, threads: 2, files: 64}
monitors:
  brightness: {signal: input, model: detector, tensor: in, window: 100, edges: [0, 0.5], shares: [0.2, 0.5, 0.3], psi: 0.25, ks: 0.2, gate: true}
  scores: {signal: score, label: person, mean: [0.4, 0.9], change: {test: adwin, delta: 0.01, range: [0, 2]}}
  spread: {signal: output, model: detector, tensor: raw/boxes, statistic: norm, change: {test: page-hinkley, delta: 0.1, lambda: 20}}
  rate: {signal: events, interval: 10s, window: 6, mean: [0, 30], change: {test: ddm, error_below: 1}}
)";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string ErrorOf(const std::string& text) {
  const Result<App> app = ParseApp("app.yaml", text);
  return app.ok() ? "ok" : std::string(app.status().message());
}

TEST(App, RulesAloneAreAnAppToo) {
  const Result<App> app =
      ParseApp("app.yaml", "verge: 1\nname: pump\nversion: 1\npipeline: pipeline.yaml\nrules: rules.yaml\n");
  ASSERT_TRUE(app.ok()) << app.status().ToString();
  EXPECT_TRUE(app->models.empty());
  EXPECT_EQ(FilesOf(*app), (std::vector<std::string>{"app.yaml", "pipeline.yaml", "rules.yaml"}));
}

TEST(App, ReadsEveryField) {
  const Result<App> app = ParseApp("app.yaml", kGood);
  ASSERT_TRUE(app.ok()) << app.status().ToString();
  EXPECT_EQ(app->name, "obstacle");
  EXPECT_EQ(app->version, 2);
  ASSERT_NE(app->FindModel("detector"), nullptr);
  EXPECT_EQ(app->FindModel("detector")->labels, "labels.txt");
  EXPECT_EQ(app->FindModel("detector")->card, "ssd.card.json");
  ASSERT_EQ(app->health.golden.size(), 1u);
  EXPECT_EQ(app->health.golden[0].outputs[0].first, "raw/boxes");
  EXPECT_EQ(app->health.golden[0].relative, 1e-3);
  ASSERT_TRUE(app->health.latency.has_value());
  EXPECT_EQ(app->health.latency->p95_ms, 500);
  EXPECT_EQ(app->limits.memory_mb, 256);
  EXPECT_THAT(FilesOf(*app), ElementsAre("app.yaml", "ssd.vg", "labels.txt", "ssd.card.json", "pipeline.yaml",
                                         "rules.yaml", "golden/in0.npy", "golden/out0.npy", "assets/map.png"));
}

TEST(App, ReadsMonitors) {
  const Result<App> app = ParseApp("app.yaml", kGood);
  ASSERT_TRUE(app.ok()) << app.status().ToString();
  ASSERT_EQ(app->monitors.size(), 4u);
  const Monitor& brightness = app->monitors[0];
  EXPECT_EQ(brightness.name, "brightness");
  EXPECT_EQ(brightness.signal, Signal::kInput);
  EXPECT_EQ(brightness.tensor, "in");
  EXPECT_TRUE(brightness.is_gate);
  EXPECT_EQ(brightness.spec.window, 100u);
  ASSERT_TRUE(brightness.spec.reference.has_value());
  EXPECT_THAT(brightness.spec.reference->shares, ElementsAre(0.2, 0.5, 0.3));
  EXPECT_EQ(brightness.spec.psi, 0.25);
  const Monitor& scores = app->monitors[1];
  EXPECT_EQ(scores.label, "person");
  EXPECT_EQ(scores.spec.least_mean, 0.4);
  EXPECT_EQ(scores.spec.change, drift::ChangeTest::kAdwin);
  EXPECT_EQ(scores.spec.high, 2);
  EXPECT_EQ(app->monitors[2].statistic, Statistic::kNorm);
  EXPECT_EQ(app->monitors[2].spec.lambda, 20);
  EXPECT_EQ(app->monitors[3].interval_us, 10'000'000);
  EXPECT_EQ(app->monitors[3].spec.error_below, 1);
}

struct BadCase {
  const char* from;
  const char* to;
  const char* message;
};

TEST(App, EveryMistakeNamesLineAndField) {
  const BadCase cases[] = {
      {"verge: 1", "verge: 2", "app.yaml:1: verge: expected 1"},
      {"name: obstacle", "name: Obstacle", "app.yaml:2: name: expected 1 to 63"},
      {"version: 2", "version: 0", "app.yaml:3: version: expected a whole number from 1 to 2147483647, got \"0\""},
      {"version: 2", "version: 2147483648", "app.yaml:3: version"},
      {"    file: ssd.vg", "    file: ../ssd.vg",
       "app.yaml:7: models.detector.file: expected a path inside the app folder"},
      {"    file: ssd.vg", "    file: /etc/ssd.vg", "app.yaml:7: models.detector.file"},
      {"    file: ssd.vg", "    file: ssd.onnx", "expected a .vg or .tflite file, got \"ssd.onnx\""},
      {"    file: ssd.vg", "    fiel: ssd.vg",
       "app.yaml:7: models.detector.file: expected a text, but the field is missing"},
      {"pipeline: pipeline.yaml", "pipelin: pipeline.yaml", "pipeline: expected a text, but the field is missing"},
      {"p95_ms: 500", "p95_ms: fast",
       "app.yaml:22: health.latency.p95_ms: expected a number from 0.001 to 1e+06, got \"fast\""},
      {"- model: detector", "- model: other", "app.yaml:17: health.golden[0].model: expected the name of a model"},
      {"in: golden/in0.npy", "in: golden/in0.bin", "health.golden[0].inputs.in: expected a .npy file"},
      {"threads: 2", "threads: 0", "app.yaml:25: limits.threads: expected a whole number from 1 to 256"},
      {"soak_s: 3", "soak: 3", "app.yaml:24: health.soak: unknown field"},
      {"limits:", "limit:", "app.yaml:25: limit: unknown field"},
      {"  video:", "  Vi deo:", "params: expected names"},
      {"[assets/map.png]", "[../map.png]", "app.yaml:12: files[0]: expected a path inside the app folder"},
      {"[assets/map.png]", "assets", "app.yaml:12: files: expected a list"},
      {"signal: input", "signal: inputs", "app.yaml:27: monitors.brightness.signal: expected one of"},
      {"signal: input, model: detector", "signal: input, model: other", "monitors.brightness.model: expected the name"},
      {"[0, 0.5]", "[0.5, 0]", "app.yaml:27: monitors.brightness.edges: expected edges that rise"},
      {"[0.2, 0.5, 0.3]", "[0.2, 0.5, 0.2]", "expected shares that add up to 1"},
      {"edges: [0, 0.5], shares: [0.2, 0.5, 0.3], ", "", "expected edges and shares, which psi and ks compare with"},
      {"[0.4, 0.9]", "[0.9, 0.4]", "app.yaml:28: monitors.scores.mean: expected two numbers"},
      {"test: adwin", "test: adwine", "app.yaml:28: monitors.scores.change.test: expected one of"},
      {"range: [0, 2]", "range: [2, 0]", "app.yaml:28: monitors.scores.signal: expected delta"},
      {"lambda: 20", "lambda: 0", "app.yaml:29: monitors.spread.change.lambda: expected a number from"},
      {"interval: 10s", "interval: 1ms", "app.yaml:30: monitors.rate.interval: expected a duration of at least 100ms"},
      {"gate: true", "gate: true, gain: 1", "app.yaml:27: monitors.brightness.gain: unknown field"},
      {"  rate:", "  Rate:", "monitors.Rate: expected a name"},
  };
  for (const BadCase& c : cases) {
    EXPECT_THAT(ErrorOf(Replaced(kGood, c.from, c.to)), HasSubstr(c.message)) << c.to;
  }
  EXPECT_THAT(ErrorOf(""), HasSubstr("app.yaml:1: expected a map of fields, got nothing"));
}

TEST(App, ResolvesDeclaredParametersOnly) {
  const Result<App> app = ParseApp("app.yaml", kGood);
  ASSERT_TRUE(app.ok());
  const Result<yaml::Params> params = ResolveParams(*app, {{"video", "x.avi"}});
  ASSERT_TRUE(params.ok());
  EXPECT_EQ(params->at("video"), "x.avi");
  EXPECT_THAT(std::string(ResolveParams(*app, {{"camera", "x"}}).status().message()),
              HasSubstr("declared in app.yaml: video"));
}

TEST(App, SafePaths) {
  for (const char* good : {"a", "a/b.npy", "..a", "a..b/c"}) EXPECT_TRUE(IsSafePath(good)) << good;
  for (const char* bad : {"", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\nb"})
    EXPECT_FALSE(IsSafePath(bad)) << bad;
  EXPECT_FALSE(IsSafePath(std::string(256, 'a')));
}

class AppFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "verge-app-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
    for (const char* path : {"ssd.vg", "labels.txt", "ssd.card.json", "pipeline.yaml", "rules.yaml", "golden/in0.npy",
                             "golden/out0.npy", "assets/map.png"}) {
      Write(path, "x");
    }
    Write("app.yaml", kGood);
  }
  void TearDown() override { fs::remove_all(dir_); }
  void Write(const fs::path& path, const std::string& text) {
    fs::create_directories((dir_ / path).parent_path());
    std::ofstream(dir_ / path, std::ios::binary) << text;
  }
  fs::path dir_;
};

TEST_F(AppFolder, ReadsFromDisk) {
  const Result<App> app = ReadApp(dir_.string());
  ASSERT_TRUE(app.ok()) << app.status().ToString();
  EXPECT_EQ(app->name, "obstacle");
}

TEST_F(AppFolder, MissingFileIsNamed) {
  fs::remove(dir_ / "golden/out0.npy");
  const Result<App> app = ReadApp(dir_.string());
  ASSERT_FALSE(app.ok());
  EXPECT_EQ(app.code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(app.status().message()), HasSubstr("golden/out0.npy: no such file"));
}

TEST_F(AppFolder, SymbolicLinkIsRefused) {
  fs::remove(dir_ / "labels.txt");
  fs::create_symlink("/etc/passwd", dir_ / "labels.txt");
  EXPECT_THAT(std::string(ReadApp(dir_.string()).status().message()), HasSubstr("symbolic link"));
}

TEST_F(AppFolder, OversizedFileIsRefused) {
  Write("app.yaml", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(ReadApp(dir_.string()).code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace verge::app
