#include "runner/rules/rule_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace verge::runner::rules {
namespace {

using testing::HasSubstr;

Result<RuleSet> Read(const std::string& text) {
  const Result<yaml::Document> document = yaml::Parse("rules.yaml", text);
  if (!document.ok()) return document.status();
  return ReadRules(*document);
}

std::string ErrorOf(const std::string& text) {
  const Result<RuleSet> set = Read(text);
  return set.ok() ? "ok" : std::string(set.status().message());
}

TEST(RuleSet, ReadsEveryField) {
  const Result<RuleSet> set = Read(R"(
zones:
  walkway: [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]
rules:
  - name: person-in-zone
    when: label == "person" and inside(zone.walkway)
    hold: label == "person"
    for: 500ms
    grace: 300ms
    cooldown: 10s
    rate: {max: 6, per: 1m}
    max_tracks: 10
    severity: warning
    message: Somebody is here
)");
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  ASSERT_EQ(set->rules.size(), 1u);
  const Rule& rule = set->rules[0];
  EXPECT_EQ(rule.for_us, 500000);
  EXPECT_EQ(rule.cooldown_us, 10000000);
  EXPECT_EQ(rule.severity, Severity::kWarning);
  ASSERT_TRUE(rule.rate.has_value());
  EXPECT_EQ(rule.rate->count, 6);
  EXPECT_TRUE(rule.hold.has_value());
  EXPECT_TRUE(set->NeedsTracks());
  EXPECT_LE(set->MaxStateBytes(), 1000u);
}

TEST(RuleSet, MistakesNameLineFieldAndColumn) {
  EXPECT_THAT(ErrorOf("rules:\n  - name: a\n    when: scor > 1\n"),
              HasSubstr("rules.yaml:3: rules[0].when: column 11: unknown name \"scor\""));
  EXPECT_THAT(ErrorOf("rules:\n  - name: a\n    when: \"score > \"\n"),
              HasSubstr("rules.yaml:3: rules[0].when: column 20: expected a value"));
  EXPECT_THAT(ErrorOf("rules:\n  - name: a\n    when: |\n      true and\n      scor\n"),
              HasSubstr("character 10 of the expression"));
  EXPECT_THAT(ErrorOf("rules:\n  - name: a\n    when: true\n    form: 1s\n"),
              HasSubstr("rules.yaml:4: rules[0].form: unknown field"));
  EXPECT_THAT(ErrorOf("rules:\n  - name: a\n    when: true\n    for: soon\n"),
              HasSubstr("rules[0].for: expected a duration"));
  EXPECT_THAT(ErrorOf("rules:\n  - {name: a, when: true}\n  - {name: a, when: true}\n"),
              HasSubstr("a name that no other rule has"));
  EXPECT_THAT(ErrorOf("zones: {z: [[0, 0], [1, 1]]}\nrules:\n  - {name: a, when: true}\n"),
              HasSubstr("zones.z: expected a list of 3 to 64 corners"));
  EXPECT_THAT(ErrorOf("zones: {z: [[0, 0], [1, 1], [2, 0]]}\nrules:\n  - {name: a, when: true}\n"),
              HasSubstr("zones.z[2]: expected a number from 0 to 1"));
  EXPECT_THAT(ErrorOf("rules: []\n"), HasSubstr("a list of 1 to 64 rules"));
  EXPECT_THAT(ErrorOf("rules:\n  - {name: a, when: true, severity: huge}\n"),
              HasSubstr("expected one of info, warning, alert"));
  EXPECT_THAT(ErrorOf("rules:\n  - {name: a, when: true, max_tracks: 100000}\n"),
              HasSubstr("a whole number from 1 to 4096"));
}

}  // namespace
}  // namespace verge::runner::rules
