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

TEST(RuleSet, ReadsRulesAboutValues) {
  const Result<RuleSet> set = Read(R"(
values: [pulse, spo2]
stale_after: 10s
rules:
  - {name: a, when: "mean(pulse, 10s) > 1 and max(pulse, 10s) > 2"}
  - {name: b, when: "mean(spo2, 10s) > 1", after: {rule: a, within: 5s}}
)");
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  EXPECT_EQ(set->values, (std::vector<std::string>{"pulse", "spo2"}));
  EXPECT_EQ(set->stale_us, 10000000);
  EXPECT_EQ(set->windows, (std::vector<Window>{{0, 10000000}, {1, 10000000}}));
  EXPECT_EQ(set->rules[1].after->rule, 0u);
  EXPECT_FALSE(set->NeedsTracks());
  EXPECT_LE(set->MaxStateBytes(), 8000u);
}

TEST(RuleSet, MistakesInRulesAboutValues) {
  const auto when = [](const std::string& text) {
    return ErrorOf("values: [pulse, spo2]\nrules:\n  - name: a\n    when: '" + text + "'\n");
  };
  EXPECT_THAT(when("puls > 1"), HasSubstr("rules.yaml:4: rules[0].when: column 12: unknown value \"puls\"; under "
                                          "'values': pulse, spo2"));
  EXPECT_THAT(when("mean(pulse) > 1"), HasSubstr("column 22: expected a length of time as in mean(value, 10s)"));
  EXPECT_THAT(when("mean(pulse, 200h) > 1"), HasSubstr("a length of time from 1ms to 168h, got \"200h\""));
  EXPECT_THAT(when("mean(1, 2s) > 1"), HasSubstr("unknown value \"1\""));
  EXPECT_THAT(when("age(pulse, 2s) > 1"), HasSubstr("expected ')'"));
  EXPECT_THAT(when("median(pulse, 2s) > 1"), HasSubstr("unknown function \"median\"; known: age(value)"));
  EXPECT_THAT(when("known(pulse) > 1"), HasSubstr("cannot compare a condition with a number"));
  EXPECT_THAT(when("label == pulse"), HasSubstr("unknown value \"label\""));
  EXPECT_THAT(ErrorOf("values: [a, a]\nrules:\n  - {name: r, when: true}\n"), HasSubstr("each once"));
  EXPECT_THAT(ErrorOf("values: [And]\nrules:\n  - {name: r, when: true}\n"), HasSubstr("begin with a letter"));
  EXPECT_THAT(ErrorOf("values: [not]\nrules:\n  - {name: r, when: true}\n"), HasSubstr("rules.yaml:1: values"));
  EXPECT_THAT(ErrorOf("stale_after: 1s\nrules:\n  - {name: r, when: true}\n"), HasSubstr("without 'values'"));
  EXPECT_THAT(ErrorOf("zones: {z: [[0, 0], [1, 1], [1, 0]]}\nvalues: [a]\nrules:\n  - {name: r, when: true}\n"),
              HasSubstr("either 'values' (rules about samples) or 'zones'"));
  EXPECT_THAT(ErrorOf("values: [a]\nrules:\n  - {name: r, when: true, after: {rule: s, within: 1s}}\n"),
              HasSubstr("rules[0].after.rule: expected the name of a rule above this one"));
}

TEST(RuleSet, HoldsItsLimitOfWindows) {
  std::string text = "values: [a]\nrules:\n";
  for (int r = 0; r < 13; ++r) {
    text += "  - {name: r" + std::to_string(r) + ", when: 'count(a, 1s) > 9";
    for (int i = 0; i < 5; ++i) text += " or mean(a, " + std::to_string(1 + r * 5 + i) + "s) > 1";
    text += "'}\n";
  }
  EXPECT_THAT(ErrorOf(text), HasSubstr("more than 64 windows"));
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
