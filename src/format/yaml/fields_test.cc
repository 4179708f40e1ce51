#include "format/yaml/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace verge::yaml {
namespace {

class FieldsTest : public testing::Test {
 protected:
  Fields Open(const std::string& text) {
    Result<Document> parsed = Parse("t.yaml", text);
    EXPECT_TRUE(parsed.ok());
    document_ = std::move(*parsed);
    Result<Fields> fields = Fields::Of(document_, document_.root, "top");
    EXPECT_TRUE(fields.ok());
    return *std::move(fields);
  }
  template <typename T>
  static std::string ErrorOf(const Result<T>& result) {
    return result.ok() ? "ok" : std::string(result.status().message());
  }
  Document document_;
};

TEST_F(FieldsTest, ReadsEachType) {
  Fields f = Open("s: text\ni: 12\nn: 0.5\nb: true\nd: 1.5s\nc: two\n");
  EXPECT_EQ(f.String("s").value(), "text");
  EXPECT_EQ(f.Int("i", {}).value(), 12);
  EXPECT_EQ(f.Number("n", {}).value(), 0.5);
  EXPECT_TRUE(f.Bool("b").value());
  EXPECT_EQ(f.DurationUs("d").value(), 1500000);
  EXPECT_EQ(f.Choice("c", {"one", "two"}).value(), "two");
  EXPECT_EQ(f.Int("absent", {}, 7).value(), 7);
  EXPECT_TRUE(f.Done().ok());
}

TEST_F(FieldsTest, SaysPlaceFieldExpectedAndFound) {
  Fields f = Open("a: 1\np95: fast\nq: \"3\"\nlist: []\n");
  EXPECT_EQ(ErrorOf(f.Number("p95", {.min = 0})), "t.yaml:2: top.p95: expected a number >= 0, got \"fast\"");
  EXPECT_EQ(ErrorOf(f.Int("q", {.min = 1, .max = 9})),
            "t.yaml:3: top.q: expected a whole number from 1 to 9, got \"3\"");
  EXPECT_EQ(ErrorOf(f.Int("a", {.min = 5, .max = 9})),
            "t.yaml:1: top.a: expected a whole number from 5 to 9, got \"1\"");
  EXPECT_EQ(ErrorOf(f.String("list")), "t.yaml:4: top.list: expected a text, got a list");
  EXPECT_EQ(ErrorOf(f.String("gone")), "t.yaml:1: top.gone: expected a text, but the field is missing");
  EXPECT_EQ(ErrorOf(f.Choice("a", {"x", "y"})), "t.yaml:1: top.a: expected one of x, y, got \"1\"");
}

TEST_F(FieldsTest, UnknownFieldIsAnError) {
  Fields f = Open("a: 1\ntypo: 2\n");
  ASSERT_TRUE(f.Int("a", {}).ok());
  EXPECT_EQ(f.Done().message(), "t.yaml:2: top.typo: unknown field; expected one of a");
}

TEST(Duration, UnitsAndLimits) {
  EXPECT_EQ(ParseDurationUs("250us"), 250);
  EXPECT_EQ(ParseDurationUs("2m"), 120000000);
  EXPECT_EQ(ParseDurationUs("1h"), 3600000000);
  for (const char* bad : {"", "5", "ms", "-1s", "1 s", "1d", "31000000s", "nans", "1e999s"}) {
    EXPECT_FALSE(ParseDurationUs(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace verge::yaml
