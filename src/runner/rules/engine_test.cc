// Replays testdata/*.rules: rules, then what is seen over time, then what must fire. And what text cannot say: bounds.
//
//   <rules.yaml>
//   ---
//   0     person 0.7 1  0.4 0.4 0.5 0.8     time in ms, label, score, track, box; lines of one time are one frame
//   100   -                                 a frame with nothing in it
//   => 600 person-in-zone 1                 expected firing: time, rule, track; in order
#include "runner/rules/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace verge::runner::rules {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string yaml;
  std::vector<std::pair<int64_t, std::vector<Object>>> frames;
  std::vector<std::string> expected;
};

void ReadSeen(const std::string& line, Case& c) {
  std::istringstream in(line);
  int64_t ms = 0;
  Object object;
  in >> ms >> object.label;
  ASSERT_TRUE(in) << line;
  if (c.frames.empty() || c.frames.back().first != ms) c.frames.push_back({ms, {}});
  if (object.label == "-") return;
  in >> object.score >> object.track >> object.box.x0 >> object.box.y0 >> object.box.x1 >> object.box.y1;
  ASSERT_TRUE(in) << line;
  c.frames.back().second.push_back(object);
}

Case ReadCase(const fs::path& path) {
  Case c;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line) && line != "---") c.yaml += line + "\n";
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("=> ")) {
      c.expected.push_back(line.substr(3));
    } else {
      ReadSeen(line, c);
    }
  }
  return c;
}

RuleSet Rules(const std::string& text) {
  const Result<yaml::Document> document = yaml::Parse("case", text);
  EXPECT_TRUE(document.ok()) << document.status().ToString();
  Result<RuleSet> set = ReadRules(*document);
  EXPECT_TRUE(set.ok()) << set.status().ToString();
  return *std::move(set);
}

TEST(Engine, TextCases) {
  size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(VERGE_SOURCE_DIR "/src/runner/rules/testdata")) {
    if (entry.path().extension() != ".rules") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const Case c = ReadCase(entry.path());
    ASSERT_FALSE(c.frames.empty());
    Engine engine(Rules(c.yaml));
    std::vector<std::string> fired;
    int64_t frame = 0;
    for (const auto& [ms, objects] : c.frames) {
      for (const Firing& f : engine.Process(frame++, ms * 1000, objects)) {
        fired.push_back(std::to_string(ms) + " " + f.rule + " " + std::to_string(f.object.track));
      }
    }
    EXPECT_EQ(fired, c.expected);
    ++cases;
  }
  EXPECT_GE(cases, 6u);
}

TEST(Engine, MemoryIsBoundedAndForgetsTheLeastRecentlySeen) {
  Engine engine(Rules("rules:\n  - {name: a, when: true, for: 1s, grace: 1h, max_tracks: 3}\n"));
  for (uint32_t track = 1; track <= 1000; ++track) {
    const std::vector<Object> objects = {{"person", 1, {}, track, 0}};
    EXPECT_TRUE(engine.Process(track, track, objects).empty());
    EXPECT_LE(engine.state_count(), 3u);
  }
  EXPECT_EQ(engine.evicted(), 997u);
}

TEST(Engine, FiringCarriesWhatItSaw) {
  Engine engine(
      Rules("zones: {z: [[0, 0], [1, 0], [1, 1]]}\nrules:\n  - {name: a, when: not inside(zone.z), message: out}\n"));
  const std::vector<Object> objects = {{"person", 0.5F, {0, 0.5F, 0.2F, 0.9F}, 7, 0}};
  const std::vector<Firing> firings = engine.Process(4, 9000, objects);
  ASSERT_EQ(firings.size(), 1u);
  EXPECT_EQ(firings[0].zone, "z");
  EXPECT_EQ(firings[0].frame, 4);
  EXPECT_EQ(firings[0].media_us, 9000);
  EXPECT_EQ(firings[0].object.track, 7u);
  EXPECT_EQ(firings[0].message, "out");
}

}  // namespace
}  // namespace verge::runner::rules
