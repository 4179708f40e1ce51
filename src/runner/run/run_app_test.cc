// Whole runs of a tiny app: real GStreamer, real model, real sockets.
#include "runner/run/run_app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <sstream>
#include <thread>

#include "media/npy.h"
#include "proto/frame.h"
#include "proto/json.h"
#include "proto/runner.h"
#include "runner/pipeline/recording.h"
#include "runner/run/tiny_app_for_test.h"
#include "sys/file/file.h"
#include "sys/process/process.h"

namespace verge::runner {
namespace {

using testing::HasSubstr;

std::vector<nlohmann::json> JsonLines(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(sys::ReadFile(path, 1 << 20).value());
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

RunOptions OptionsOf(const TinyApp& app) {
  RunOptions options;
  options.app_dir = app.dir();
  options.data_dir = app.File("data");
  options.events_path = app.File("events.jsonl");
  return options;
}

TEST(RunApp, FiresWhereTheArithmeticSays) {
  const TinyApp app;
  const Status status = RunApp(OptionsOf(app));
  ASSERT_TRUE(status.ok()) << status.ToString();
  // Frames at 0, 100, ... 1900 ms; the track is given out in the second, so 500 ms have passed at 600 ms.
  const std::vector<nlohmann::json> events = JsonLines(app.File("events.jsonl"));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["id"], 1);
  EXPECT_EQ(events[0]["kind"], "person-in-zone");
  EXPECT_EQ(events[0]["priority"], "alert");
  EXPECT_EQ(events[0]["media_ms"], 600);
  const nlohmann::json& data = events[0]["data"];
  EXPECT_EQ(data["frame"], 6);
  EXPECT_EQ(data["zone"], "middle");
  EXPECT_EQ(data["track"], 1);
  EXPECT_EQ(data["score"], 1.0);
  EXPECT_EQ(data["box"], nlohmann::json({16.0, 12.0, 48.0, 36.0}));  // the square anchor of half the 64 x 48 picture
  ASSERT_EQ(JsonLines(app.File("data/alerts.jsonl")).size(), 1u);
  const nlohmann::json summary = JsonLines(app.File("data/summary.json"))[0];
  EXPECT_EQ(summary["frames"], 20);
  EXPECT_EQ(summary["frames_with_label"], 20);
  EXPECT_EQ(summary["outcome"], "end of stream");
  for (const nlohmann::json& element : summary["elements"]) {
    EXPECT_EQ(element["count"], 20) << element;  // a recording loses nothing
    EXPECT_EQ(element["drops"], 0) << element;
  }
  EXPECT_THAT(sys::ReadFile(app.File("data/report.html"), 1 << 22).value(), HasSubstr("data:image/jpeg"));
}

TEST(RunApp, TheReportHoldsNoPasswordOfACamera) {
  const TinyApp app;
  app.Replace("app.yaml", "params:\n", "params:\n  camera: {}\n");
  RunOptions options = OptionsOf(app);
  options.params = {{"camera", "rtsp://admin:s3cr@t-w0rd@10.0.0.7:554/live?a=b@c"}};
  ASSERT_TRUE(RunApp(options).ok());
  const std::string report = sys::ReadFile(app.File("data/report.html"), 1 << 22).value();
  EXPECT_THAT(report, HasSubstr("rtsp://***@10.0.0.7:554/live?a=b@c"));
  EXPECT_THAT(report, testing::Not(HasSubstr("w0rd")));
  EXPECT_THAT(sys::ReadFile(app.File("data/summary.json"), 1 << 20).value(), testing::Not(HasSubstr("w0rd")));
}

TEST(RunApp, CapturesWhatTheModelReadsAndStopsWhenItHasEnough) {
  const TinyApp app;
  RunOptions options = OptionsOf(app);
  options.capture_dir = app.File("captured");
  options.capture_limit = 3;
  const Status status = RunApp(options);
  ASSERT_TRUE(status.ok()) << status.ToString();
  const auto files = sys::ListDir(app.File("captured/detector"));
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(files->size(), 3U);
  const std::string text = sys::ReadFile(app.File("captured/detector/000002.npz"), 1 << 20).value();
  const auto arrays = media::ReadNpz(std::as_bytes(std::span(text)));
  ASSERT_TRUE(arrays.ok()) << arrays.status().ToString();
  ASSERT_EQ(arrays->size(), 1U);
  EXPECT_EQ((*arrays)[0].first, "image");
  const Tensor image = (*arrays)[0].second.tensor();
  EXPECT_EQ(image.shape(), (Shape{1, 2, 2, 3}));
  for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(image.as<float>()[i], 1.0f, 0.01f);  // a white picture
}

TEST(RunApp, AReplayGivesTheSameBytesAsTheRunThatWasRecorded) {
  const TinyApp app;
  RunOptions options = OptionsOf(app);
  options.record_path = app.File("a.vrec");
  ASSERT_TRUE(RunApp(options).ok());
  const std::vector<nlohmann::json> live = JsonLines(app.File("events.jsonl"));
  options.record_path.clear();
  options.replay_path = app.File("a.vrec");
  std::string first;
  for (int i = 0; i < 3; ++i) {
    const Status status = RunApp(options);
    ASSERT_TRUE(status.ok()) << status.ToString();
    const std::string events = sys::ReadFile(app.File("events.jsonl"), 1 << 20).value();
    if (i == 0) first = events;
    EXPECT_EQ(events, first);
  }
  std::vector<nlohmann::json> replayed = JsonLines(app.File("events.jsonl"));
  ASSERT_EQ(replayed.size(), live.size());
  replayed[0]["time_ms"] = live[0]["time_ms"];
  EXPECT_EQ(replayed, live);

  app.Replace("pipeline.yaml", "id: camera", "id: kamera");
  app.Replace("pipeline.yaml", "from: camera", "from: kamera");
  EXPECT_THAT(std::string(RunApp(options).message()),
              HasSubstr("pipeline.yaml:2: elements[0].id: expected one of the recording's streams (camera) to replay"));
  app.Write("a.vrec", sys::ReadFile(app.File("a.vrec"), 1 << 20).value().substr(0, 5000));
  EXPECT_THAT(std::string(RunApp(options).message()), HasSubstr("a.vrec: the recording was cut off at byte 5000"));
}

TEST(RunApp, RecordsAtAnElementThatGivesWhatCanBeRecorded) {
  const TinyApp app;
  RunOptions options = OptionsOf(app);
  options.record_path = app.File("a.vrec");
  options.record_elements = {"track"};
  ASSERT_TRUE(RunApp(options).ok());
  const std::string bytes = sys::ReadFile(app.File("a.vrec"), 1 << 20).value();
  const auto recording = pipeline::Recording::Open(std::as_bytes(std::span(bytes)));
  ASSERT_TRUE(recording.ok()) << recording.status().ToString();
  EXPECT_EQ(recording->packets(), 20u);
  for (const auto& [element, message] :
       {std::pair("detect", "element 'detect' gives tensors; frames, samples, objects"),
        std::pair("alert", "element 'alert' gives nothing"), std::pair("nobody", "no element of that id")}) {
    options.record_elements = {element};
    EXPECT_THAT(std::string(RunApp(options).message()), HasSubstr(message));
  }
}

// An app of rules alone: two tables of different rates, a model is not needed.
TEST(RunApp, RulesOverTwoTablesAreMergedByTime) {
  const Result<sys::TempDir> dir = sys::TempDir::Create();
  ASSERT_TRUE(dir.ok());
  const auto write = [&](const char* name, const std::string& text) {
    ASSERT_TRUE(sys::WriteFileAtomic(dir->File(name), text).ok());
  };
  write("app.yaml",
        "verge: 1\nname: two\nversion: 1\npipeline: pipeline.yaml\nrules: rules.yaml\nfiles: [a.csv, b.csv]\n");
  write("pipeline.yaml",
        "elements:\n"
        "  - {id: a, type: csv, file: a.csv, time: t, channels: {a: v}}\n"
        "  - {id: b, type: csv, file: b.csv, every: 1s, channels: {b: {column: w, words: {off: 0, on: 1}}}}\n"
        "  - {id: rules, type: rules, from: [a, b]}\n"
        "  - {id: alert, type: alert, from: rules}\n"
        "  - {id: table, type: file, from: a}\n");
  write("rules.yaml",
        "values: [a, b]\nrules:\n"
        "  - {name: both, when: a > 5 and b == 1}\n"
        "  - {name: quiet, when: age(a) > 3s}\n");
  write("a.csv", "t,v\n100,1\n100.5,7\n101.5,nan\n102,8\n103,2\n110,9\n");
  write("b.csv", "w\noff\non\non\noff\noff\noff\noff\noff\noff\non\non\n");
  RunOptions options;
  options.app_dir = dir->path();
  options.data_dir = dir->File("data");
  options.events_path = dir->File("events.jsonl");
  const Status status = RunApp(options);
  ASSERT_TRUE(status.ok()) << status.ToString();
  std::vector<std::string> fired;
  for (const nlohmann::json& event : JsonLines(dir->File("events.jsonl")))
    fired.push_back(event["kind"].get<std::string>() + " " + event["media_ms"].dump());
  EXPECT_THAT(fired, testing::ElementsAre("both 1000", "quiet 7000", "both 10000"));
  const nlohmann::json first = JsonLines(dir->File("events.jsonl"))[0];
  EXPECT_EQ(first["data"]["values"], (nlohmann::json{{"a", 7.0}, {"b", 1.0}}));
  EXPECT_FALSE(first["data"].contains("box"));
  EXPECT_EQ(sys::ReadFile(dir->File("data/table.csv"), 10000).value(),
            "time,a\n0.000000,1\n0.500000,7\n1.500000,\n2.000000,8\n3.000000,2\n10.000000,9\n");

  write("rules.yaml", "values: [a, c]\nrules:\n  - {name: r, when: a > 5}\n");
  EXPECT_THAT(
      std::string(RunApp(options).message()),
      HasSubstr("pipeline.yaml:4: elements[2].from: expected an element that gives 'c', which the rules are about "
                "(given: a, b)"));
  write("rules.yaml", "rules:\n  - {name: r, when: true}\n");
  EXPECT_THAT(std::string(RunApp(options).message()),
              HasSubstr("elements[2].from: expected one element that gives objects: the rules name no 'values'"));
}

TEST(ExplainGraph, ShowsWhatReadsWhatWithoutOpeningTheSource) {
  const TinyApp app;
  app.Replace("app.yaml", "videotestsrc", "nosuchelement");
  const auto text = ExplainGraph(OptionsOf(app), GraphFormat::kText);
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  EXPECT_THAT(*text, HasSubstr("camera   video               frames\n"));
  EXPECT_THAT(*text, HasSubstr("resize   resize      camera  tensors image f32 [1, 2, 2, 3]\n"));
  EXPECT_THAT(*text, HasSubstr("report   report      rules\n"));
  EXPECT_THAT(ExplainGraph(OptionsOf(app), GraphFormat::kDot).value(),
              HasSubstr("\"resize\" -> \"detect\" [label=\"tensors image"));
  const auto json = nlohmann::json::parse(ExplainGraph(OptionsOf(app), GraphFormat::kJson).value());
  EXPECT_EQ(json["elements"].size(), 8u);
  EXPECT_EQ(json["elements"][4]["gives"]["kind"], "tracks");
}

TEST(RunApp, ADarkPictureFiresNothing) {
  const TinyApp app;
  app.Replace("app.yaml", "pattern=white", "pattern=black");
  ASSERT_TRUE(RunApp(OptionsOf(app)).ok());
  EXPECT_TRUE(JsonLines(app.File("events.jsonl")).empty());
}

// A window is judged at the end when it is half full: after two runs of 20 frames, if what the first saw was kept.
TEST(RunApp, MonitorsGoOnAfterARestartOfTheSameVersionOnly) {
  const TinyApp app;
  app.Replace("app.yaml", "params:\n", "monitors:\n  scores: {signal: score, window: 60}\nparams:\n");
  const auto events = [&] {
    EXPECT_TRUE(RunApp(OptionsOf(app)).ok());
    return sys::ReadFile(app.File("events.jsonl"), 1 << 20).value();
  };
  EXPECT_THAT(events(), Not(HasSubstr("drift.window")));
  app.Replace("app.yaml", "version: 3", "version: 4");
  EXPECT_THAT(events(), Not(HasSubstr("drift.window"))) << "what another version saw does not count";
  EXPECT_THAT(events(), HasSubstr(R"("samples":40)"));
  app.Write("data/monitors.state", "rubbish");
  EXPECT_THAT(events(), Not(HasSubstr("drift.window"))) << "a damaged state costs memory, not the run";
}

TEST(RunApp, SamplesByMediaTimeAndStopsAtMaxFrames) {
  const TinyApp app;
  app.Replace("pipeline.yaml", "type: video,", "type: video, every: 250ms,");
  RunOptions options = OptionsOf(app);
  ASSERT_TRUE(RunApp(options).ok());
  EXPECT_EQ(JsonLines(app.File("data/summary.json"))[0]["frames"], 8);  // 0, 300, 500, 800, 1000, 1300, 1500, 1800 ms
  options.max_frames = 3;
  ASSERT_TRUE(RunApp(options).ok());
  EXPECT_EQ(JsonLines(app.File("data/summary.json"))[0]["frames"], 3);
}

TEST(RunApp, BadFilesAreNamedWithLineAndField) {
  const struct {
    const char* file;
    const char* from;
    const char* to;
    const char* message;
  } cases[] = {
      {"pipeline.yaml", "from: resize", "from: camera",
       "pipeline.yaml:4: elements[2].from: expected tensors for this infer element; 'camera' (video) gives frames"},
      {"pipeline.yaml", "from: track", "from: decode", "elements[5].from: expected a track element: rules with for"},
      {"pipeline.yaml", "type: track", "type: trak",
       "pipeline.yaml:12: elements[4].type: expected one of video, images, csv"},
      {"pipeline.yaml", "from: decode", "from: nobody",
       "elements[4].from: expected the id of an element above this one"},
      {"pipeline.yaml", "id: track", "id: decode", "expected a name that no other element has"},
      {"pipeline.yaml", "model: detector}", "model: other}",
       "pipeline.yaml:3: elements[1].model: expected the name of a model in app.yaml"},
      {"pipeline.yaml", "boxes: boxes", "boxes: scors",
       "pipeline.yaml:9: elements[3].boxes: expected one of the tensors boxes, scores"},
      {"pipeline.yaml", "strides: [4]", "strides: [4, 4]", "6 anchors x 4 values"},
      {"pipeline.yaml", "from: track}", "from: track, colour: red}", "elements[5].colour: unknown field"},
      {"pipeline.yaml", "launch: \"${launch}\"", "uri: \"${video}\"", "pipeline.yaml:2: no parameter 'video'"},
      {"pipeline.yaml", "launch: \"${launch}\"", "uri: \"\"",
       "pipeline.yaml:2: elements[0].uri: expected a path or URI"},
      {"pipeline.yaml", "launch: \"${launch}\"", "uri: /nonexistent.avi",
       "elements[0].uri: cannot open the video: /nonexistent.avi: no such file"},
      {"pipeline.yaml", "launch: \"${launch}\"", "launch: nosuchelement",
       "pipeline.yaml:2: elements[0].launch: cannot open the video"},
      {"pipeline.yaml", "  - {id: alert, type: alert, from: rules}\n  - {id: report, type: report, from: rules}\n", "",
       "nothing reads the firings of 'rules'"},
      {"labels.txt", "cat\n", "", "elements[3].scores: expected f32 with 3 anchors x 3 values"},
      {"rules.yaml", "zone.middle)", "zone.center)",
       "rules.yaml:4: rules[0].when: column 80: unknown zone \"zone.center\""},
  };
  for (const auto& c : cases) {
    const TinyApp app;
    app.Replace(c.file, c.from, c.to);
    const Status status = RunApp(OptionsOf(app));
    EXPECT_FALSE(status.ok()) << c.to;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message)) << c.to;
  }
}

TEST(RunApp, AFileThatIsNoVideoIsRefused) {
  const TinyApp app;
  app.Write("noise.avi", std::string(5000, 'x'));
  app.Replace("pipeline.yaml", "launch: \"${launch}\"", "uri: " + app.File("noise.avi"));
  const Status status = RunApp(OptionsOf(app));
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot open the video"));
}

// The agent's end of the socket pair, as a script.
class FakeAgent {
 public:
  explicit FakeAgent(sys::UniqueFd fd) : fd_(std::move(fd)) {}
  void Send(const std::string& json) {
    const std::string frame = proto::EncodeFrame(json).value();
    ASSERT_EQ(send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL), static_cast<ssize_t>(frame.size()));
  }
  void SendRaw(const std::string& bytes) {
    ASSERT_EQ(send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // Empty when the runner hung up.
  std::optional<proto::RunnerMessage> Next() {
    while (true) {
      const auto payload = decoder_.Next();
      EXPECT_TRUE(payload.ok());
      if (payload.ok() && payload->has_value()) return proto::ParseRunnerMessage(**payload).value();
      char buffer[4096];
      const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, 0);
      if (n <= 0) return std::nullopt;
      decoder_.Feed({buffer, static_cast<size_t>(n)});
    }
  }
  template <typename T>
  std::optional<T> NextOf() {
    while (auto message = Next()) {
      if (auto* wanted = std::get_if<T>(&*message)) return *wanted;
    }
    return std::nullopt;
  }
  void HangUp() { fd_.Reset(); }

 private:
  sys::UniqueFd fd_;
  proto::FrameDecoder decoder_;
};

class UnderAgent : public testing::Test {
 protected:
  void Start() {
    auto pair = sys::SocketPair();
    ASSERT_TRUE(pair.ok());
    agent_ = std::make_unique<FakeAgent>(std::move(pair->first));
    RunOptions options = OptionsOf(app_);
    options.agent_fd = pair->second.Release();
    runner_ = std::thread([this, options] { status_ = RunApp(options); });
  }
  void Endless() { app_.Replace("app.yaml", "num-buffers=20", ""); }
  Status Join() {
    runner_.join();
    return status_;
  }
  TinyApp app_;
  std::unique_ptr<FakeAgent> agent_;
  std::thread runner_;
  Status status_;
};

TEST_F(UnderAgent, SaysHelloReadyEventFinishedInThisOrder) {
  Start();
  const auto hello = agent_->Next();
  ASSERT_TRUE(hello.has_value());
  ASSERT_TRUE(std::holds_alternative<proto::Hello>(*hello));
  EXPECT_EQ(std::get<proto::Hello>(*hello).app, "tiny");
  EXPECT_EQ(std::get<proto::Hello>(*hello).version, 3);
  ASSERT_TRUE(std::holds_alternative<proto::Ready>(*agent_->Next()));
  const auto event = agent_->NextOf<proto::RunnerEvent>();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->id, 1);
  const auto finished = agent_->NextOf<proto::Finished>();
  ASSERT_TRUE(finished.has_value());
  EXPECT_EQ(finished->frames, 20);
  agent_->Send(proto::ToJson(proto::Stored{1}));
  EXPECT_TRUE(Join().ok());
  EXPECT_FALSE(agent_->Next().has_value());
}

TEST_F(UnderAgent, BeatsAndStopsWhenTold) {
  Endless();
  Start();
  const auto beat = agent_->NextOf<proto::Heartbeat>();
  ASSERT_TRUE(beat.has_value());
  EXPECT_GT(beat->frames, 0);
  EXPECT_EQ(beat->elements.size(), 8u);
  agent_->Send(proto::ToJson(proto::Stored{1}));
  agent_->Send("{\"type\":\"something-new\"}");
  agent_->Send(proto::ToJson(proto::Stop{}));
  const Status status = Join();
  EXPECT_TRUE(status.ok()) << status.ToString();
}

TEST_F(UnderAgent, EndsWhenTheAgentGoesAway) {
  Endless();
  Start();
  ASSERT_TRUE(agent_->NextOf<proto::Ready>().has_value());
  agent_->HangUp();
  EXPECT_EQ(Join().code(), StatusCode::kCancelled);
}

TEST_F(UnderAgent, EndsOnAMalformedFrame) {
  for (const std::string& bytes : {std::string(4, '\0'), std::string(4, '\xff'), std::string("\x02\0\0\0{x", 6)}) {
    Start();
    ASSERT_TRUE(agent_->NextOf<proto::Hello>().has_value());
    agent_->SendRaw(bytes);
    EXPECT_FALSE(Join().ok());
  }
}

TEST_F(UnderAgent, SaysWhyItCannotRun) {
  app_.Replace("pipeline.yaml", "type: track", "type: trak");
  Start();
  const auto error = agent_->NextOf<proto::RunnerError>();
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr("elements[4].type"));
  EXPECT_FALSE(Join().ok());
}

}  // namespace
}  // namespace verge::runner
