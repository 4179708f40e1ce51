#include "format/yaml/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace verge::yaml {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const std::string& text, const Params* params = nullptr, const ParseLimits& limits = {}) {
  const Result<Document> document = Parse("t.yaml", text, params, limits);
  return document.ok() ? "ok" : std::string(document.status().message());
}

TEST(Yaml, KeepsOrderLinesAndQuoting) {
  const Result<Document> document = Parse("t.yaml", "b: 1\na:\n  - x\n  - \"2\"\nc:\n");
  ASSERT_TRUE(document.ok()) << document.status().ToString();
  const Node& root = document->root;
  ASSERT_EQ(root.fields.size(), 3u);
  EXPECT_EQ(root.fields[0].first, "b");
  const Node* list = root.Find("a");
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->items[1].line, 4);
  EXPECT_EQ(list->items[1].column, 5);
  EXPECT_TRUE(list->items[1].is_quoted);
  EXPECT_FALSE(list->items[0].is_quoted);
  EXPECT_EQ(root.Find("c")->kind, Kind::kNull);
}

TEST(Yaml, EmptyFileIsNull) {
  const Result<Document> document = Parse("t.yaml", "# nothing\n");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root.kind, Kind::kNull);
}

TEST(Yaml, RefusesWhatCouldGrowOrHide) {
  EXPECT_THAT(ErrorOf("a: &x 1\nb: *x\n"), HasSubstr("t.yaml:1: anchors"));
  EXPECT_THAT(ErrorOf("a: !!int 1\n"), HasSubstr("tags"));
  EXPECT_THAT(ErrorOf("a: 1\nb: 2\na: 3\n"), HasSubstr("t.yaml:3: the field 'a' is given twice"));
  EXPECT_THAT(ErrorOf("a: 1\n---\nb: 1\n"), HasSubstr("expected one document"));
  EXPECT_THAT(ErrorOf("[a]: 1\n"), HasSubstr("expected a name before ':'"));
  EXPECT_THAT(ErrorOf("a: [1, 2\n"), HasSubstr("not valid YAML"));
}

TEST(Yaml, HoldsItsLimits) {
  EXPECT_THAT(ErrorOf(std::string(40, '[') + std::string(40, ']')), HasSubstr("nested deeper than 16 levels"));
  EXPECT_THAT(ErrorOf(std::string(100000, '[')), HasSubstr("t.yaml:1"));
  EXPECT_THAT(ErrorOf("[1, 2, 3, 4]", nullptr, {.nodes = 3}), HasSubstr("more than 3 values"));
  EXPECT_THAT(ErrorOf("abcdef", nullptr, {.bytes = 5}), HasSubstr("at most 5"));
  EXPECT_THAT(ErrorOf("abcdef", nullptr, {.scalar_bytes = 5}), HasSubstr("longer than 5 bytes"));
}

TEST(Yaml, SubstitutesParametersAsValuesOnly) {
  const Params params = {{"video", "a: [1"}, {"n", "3"}};
  const Result<Document> document = Parse("t.yaml", "uri: file-${video}-${n}\nraw: $${n}\ncount: ${n}\n", &params);
  ASSERT_TRUE(document.ok()) << document.status().ToString();
  EXPECT_EQ(document->root.Find("uri")->text, "file-a: [1-3");
  EXPECT_EQ(document->root.Find("raw")->text, "${n}");
  EXPECT_EQ(document->root.Find("count")->text, "3");
  EXPECT_THAT(ErrorOf("\nx: ${nix}\n", &params), HasSubstr("t.yaml:2: no parameter 'nix'"));
  EXPECT_THAT(ErrorOf("x: ${n\n", &params), HasSubstr("expected '}'"));
}

}  // namespace
}  // namespace verge::yaml
