#include "runner/rules/expr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace verge::runner::rules {
namespace {

using testing::HasSubstr;

const std::vector<Zone> kZones = {{"left", {{0, 0}, {0.5F, 0}, {0.5F, 1}, {0, 1}}},
                                  {"walk-way", {{0.5F, 0}, {1, 0}, {1, 1}, {0.5F, 1}}}};

bool Eval(const std::string& text) {
  Fault fault;
  const Result<Expr> expr = Expr::Parse(text, {kZones, {}, nullptr}, fault);
  EXPECT_TRUE(expr.ok()) << text << ": " << fault.text;
  if (!expr.ok()) return false;
  const std::vector<Object> objects = {{"person", 0.75F, {0.125F, 0.25F, 0.375F, 0.75F}, 3, 1000000},
                                       {"dog", 0.5F, {}, 4, 0}};
  return expr->Evaluate({objects[0], objects, 3500000}, kZones);
}

struct Wrong {
  size_t offset;
  std::string text;
};

Wrong FaultOf(const std::string& text) {
  Fault fault;
  const Result<Expr> expr = Expr::Parse(text, {kZones, {}, nullptr}, fault);
  EXPECT_FALSE(expr.ok()) << text;
  return {fault.offset, fault.text};
}

TEST(Expr, Values) {
  for (const char* yes : {"true",
                          "label == \"person\"",
                          "label != 'dog'",
                          "score >= 0.75",
                          "score > 0.5 and score < 1",
                          "track == 3",
                          "x == 0.25",
                          "y == 0.5",
                          "w == 0.25",
                          "h == 0.5",
                          "area == 0.125",
                          "age == 2.5s",
                          "age > 500ms",
                          "age < 1m",
                          "objects == 2",
                          "count(\"person\") == 1",
                          "count(label) == 1",
                          "count('cat') == 0",
                          "inside(zone.left)",
                          "not inside(zone.walk-way)",
                          "centre_inside(zone.left)",
                          "1 + 2 * 3 == 7",
                          "(1 + 2) * 3 == 9",
                          "10 - 4 - 3 == 3",
                          "12 / 4 / 3 == 1",
                          "-2 < -1",
                          "- -2 == 2",
                          "not false and true",
                          "false and false or true",
                          "true or true and false",
                          "not (true and false)",
                          "1 / 0 > 1e300",
                          "(0 / 0 == 0 / 0) == false",
                          "0 / 0 != 0",
                          "true == (1 < 2)",
                          "not not true"}) {
    EXPECT_TRUE(Eval(yes)) << yes;
  }
  for (const char* no :
       {"false", "label == \"dog\"", "score < 0.75", "inside(zone.walk-way)", "true and false", "not true"}) {
    EXPECT_FALSE(Eval(no)) << no;
  }
}

TEST(Expr, MistakesPointAtTheirPlace) {
  const struct {
    const char* text;
    size_t offset;
    const char* message;
  } cases[] = {
      {"scor > 1", 0, "unknown name \"scor\"; known: label"},
      {"score > ", 8, "expected a value, got the end"},
      {"score > \"a\"", 6, "cannot compare a number with a text"},
      {"label > \"a\"", 6, "only numbers can be compared this way"},
      {"score", 0, "expected a condition (true or false), got a number"},
      {"score = 1", 6, "expected '==' to compare"},
      {"label == \"person", 9, "expected a closing quote"},
      {"inside(zone.door)", 7, "unknown zone \"zone.door\"; under 'zones': left, walk-way"},
      {"inside(score)", 7, "inside() takes a zone, got a number"},
      {"outside(zone.left)", 0, "unknown function"},
      {"true and score", 5, "'and' joins conditions"},
      {"not score", 0, "'not' needs a condition"},
      {"label + 1 == 2", 6, "arithmetic needs numbers"},
      {"1 < 2 < 3", 6, "expected 'and', 'or', an operator or the end"},
      {"(true", 5, "expected ')', got the end"},
      {"true true", 5, "expected 'and', 'or'"},
      {"age > 5parsec", 7, "expected a unit us, ms, s, m or h"},
      {"score > 1e999", 8, "expected a number"},
      {"score # 1", 6, "unexpected character '#'"},
      {"zone.left == zone.left", 10, "only numbers"},
      {"", 0, "expected a value, got the end"},
  };
  for (const auto& c : cases) {
    const Wrong wrong = FaultOf(c.text);
    EXPECT_EQ(wrong.offset, c.offset) << c.text << ": " << wrong.text;
    EXPECT_THAT(wrong.text, HasSubstr(c.message)) << c.text;
  }
}

TEST(Expr, HoldsItsLimits) {
  EXPECT_THAT(FaultOf(std::string(5000, ' ')).text, HasSubstr("longer than 4096 bytes"));
  EXPECT_THAT(FaultOf(std::string(100, '(') + "true" + std::string(100, ')')).text, HasSubstr("levels"));
  EXPECT_THAT(FaultOf("1 == " + std::string(100, '-') + "1").text, HasSubstr("levels"));
  std::string chain = "true";
  for (int i = 0; i < 100; ++i) chain += " and true";
  EXPECT_THAT(FaultOf(chain).text, HasSubstr("levels"));
  std::string nots;
  for (int i = 0; i < 100; ++i) nots += "not ";
  EXPECT_THAT(FaultOf(nots + "true").text, HasSubstr("levels"));
  std::string wide = "true";
  for (int i = 0; i < 20; ++i) wide += " and (1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 == 8)";
  EXPECT_THAT(FaultOf(wide).text, HasSubstr("more than 256 parts"));
}

TEST(Zone, EvenOddRule) {
  const Zone crossed{"x", {{0, 0}, {1, 1}, {1, 0}, {0, 1}}};  // a bow tie
  EXPECT_TRUE(Contains(crossed, {0.1F, 0.5F}));
  EXPECT_FALSE(Contains(crossed, {0.5F, 0.1F}));
  EXPECT_FALSE(Contains(crossed, {2, 0.5F}));
}

}  // namespace
}  // namespace verge::runner::rules
