// Replays testdata/*.rules: rules, then what is seen over time, then what must fire. And what text cannot say: bounds.
//
//   <rules.yaml>
//   ---
//   0     person 0.7 1  0.4 0.4 0.5 0.8     time in ms, label, score, track, box; lines of one time are one frame
//   100   -                                 a frame with nothing in it
//   => 600 person-in-zone 1                 expected firing: time, rule, track; in order
//
// For rules about values a line is a time and new values, `0  pulse=60 spo2=nan`, or `100  -` when only time passes.
#include "runner/rules/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace verge::runner::rules {
namespace {

namespace fs = std::filesystem;

using Rows = std::vector<std::pair<int64_t, std::vector<std::pair<std::string, double>>>>;

struct Case {
  std::string yaml;
  std::vector<std::pair<int64_t, std::vector<Object>>> frames;
  Rows rows;
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

void ReadRow(const std::string& line, Rows& rows) {
  std::istringstream in(line);
  int64_t ms = 0;
  in >> ms;
  ASSERT_TRUE(in) << line;
  rows.push_back({ms, {}});
  for (std::string word; in >> word && word != "-";) {
    const size_t equals = word.find('=');
    ASSERT_NE(equals, std::string::npos) << line;
    rows.back().second.emplace_back(word.substr(0, equals), std::stod(word.substr(equals + 1)));
  }
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
    } else if (c.yaml.find("values:") != std::string::npos) {
      ReadRow(line, c.rows);
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
    ASSERT_FALSE(c.frames.empty() && c.rows.empty());
    Engine engine(Rules(c.yaml));
    std::vector<std::string> fired;
    int64_t frame = 0;
    for (const auto& [ms, objects] : c.frames) {
      for (const Firing& f : engine.Process(frame++, ms * 1000, objects)) {
        fired.push_back(std::to_string(ms) + " " + f.rule + " " + std::to_string(f.object.track));
      }
    }
    for (const auto& [ms, values] : c.rows) {
      std::vector<ValueUpdate> updates;
      const std::vector<std::string>& names = engine.rules().values;
      for (const auto& [name, value] : values) {
        const auto found = std::find(names.begin(), names.end(), name);
        ASSERT_NE(found, names.end()) << name;
        updates.push_back({static_cast<size_t>(found - names.begin()), value});
      }
      for (const Firing& f : engine.ProcessValues(frame++, ms * 1000, updates))
        fired.push_back(std::to_string(ms) + " " + f.rule);
    }
    EXPECT_EQ(fired, c.expected);
    ++cases;
  }
  EXPECT_GE(cases, 16u);
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

// What the bound promises: nothing grows, however long it runs and however fast values come.
TEST(Engine, ValuesTakeNoMemoryAsTimeGoesBy) {
  const RuleSet set = Rules(
      "values: [a, b]\nrules:\n  - {name: r, when: 'mean(a, 10s) > 1 and max(b, 1h) > 2', for: 1s, rate: {max: 5, per: "
      "1m}}\n");
  EXPECT_EQ(set.windows.size(), 2u);
  EXPECT_LE(set.MaxStateBytes(), 8000u);
  Engine engine(set);
  for (int64_t i = 0; i < 200000; ++i) {
    const ValueUpdate update{static_cast<size_t>(i % 2), static_cast<double>(i % 7)};
    engine.ProcessValues(i, i * 1000, {&update, 1});
    ASSERT_LE(engine.state_count(), 1u);
  }
}

TEST(Engine, AFiringCarriesTheValues) {
  Engine engine(Rules("values: [a, b]\nrules:\n  - {name: r, when: a > 1}\n"));
  const ValueUpdate update{0, 1.5};
  const std::vector<Firing> firings = engine.ProcessValues(0, 7000, {&update, 1});
  ASSERT_EQ(firings.size(), 1u);
  EXPECT_EQ(firings[0].values[0], std::pair(std::string("a"), 1.5));
  EXPECT_TRUE(std::isnan(firings[0].values[1].second));
  EXPECT_EQ(firings[0].media_us, 7000);
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
