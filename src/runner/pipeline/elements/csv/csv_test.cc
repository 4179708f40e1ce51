#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runner/pipeline/elements/csv/csv_reader.h"

namespace verge::runner::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Table {
  std::vector<std::vector<std::string>> rows;
  std::vector<int> lines;
  std::string error;
};

Table ReadAll(const std::string& text, size_t piece, char separator = ',') {
  size_t at = 0;
  CsvReader reader(
      [&]() -> Result<std::string> {
        const std::string part = text.substr(std::min(at, text.size()), piece);
        at += piece;
        return part;
      },
      separator);
  Table table;
  std::vector<std::string> cells;
  while (true) {
    const Result<bool> has_row = reader.Next(cells);
    if (!has_row.ok()) table.error = std::string(has_row.status().message());
    if (!has_row.ok() || !*has_row) return table;
    table.rows.push_back(cells);
    table.lines.push_back(reader.line());
  }
}

TEST(CsvReader, ReadsRowsWhateverThePieces) {
  const std::string text = "a,b,c\r\n1,,3\n\n\"x, \"\"y\"\"\nz\",\"\",w\nlast,,";
  for (const size_t piece : {1, 2, 3, 7, 1000}) {
    const Table table = ReadAll(text, piece);
    EXPECT_EQ(table.error, "");
    ASSERT_EQ(table.rows.size(), 4u) << piece;
    EXPECT_THAT(table.rows[0], ElementsAre("a", "b", "c"));
    EXPECT_THAT(table.rows[1], ElementsAre("1", "", "3"));
    EXPECT_THAT(table.rows[2], ElementsAre("x, \"y\"\nz", "", "w"));
    EXPECT_THAT(table.rows[3], ElementsAre("last", "", ""));
    EXPECT_THAT(table.lines, ElementsAre(1, 2, 4, 6));
  }
  EXPECT_THAT(ReadAll("a\tb", 9, '\t').rows[0], ElementsAre("a", "b"));
  EXPECT_TRUE(ReadAll("", 5).rows.empty());
}

TEST(CsvReader, RefusesWhatHasNoEnd) {
  EXPECT_THAT(ReadAll("a\n\"b,c\n", 4).error, HasSubstr("line 2: a quoted cell has no end"));
  EXPECT_THAT(ReadAll(std::string(2 << 20, 'x'), 4096).error, HasSubstr("line 1: a row longer than"));
  EXPECT_THAT(ReadAll("\"" + std::string(2 << 20, 'x'), 4096).error, HasSubstr("longer than"));
  EXPECT_THAT(ReadAll(std::string(5000, ','), 4096).error, HasSubstr("more than 4096 cells"));
}

TEST(ParseCsvNumber, NumbersMissingOnesAndOthers) {
  EXPECT_EQ(ParseCsvNumber(" -1.5e3 "), -1500);
  EXPECT_EQ(ParseCsvNumber("+7"), 7);
  for (const char* missing : {"", "  ", "nan", "NA", "null", "-"})
    EXPECT_TRUE(std::isnan(ParseCsvNumber(missing).value()));
  for (const char* wrong : {"1,5", "12x", "inf", "1e999", "--1", "0x10"}) EXPECT_FALSE(ParseCsvNumber(wrong)) << wrong;
}

TEST(ParseCsvTimeUs, SecondsAndDates) {
  EXPECT_EQ(ParseCsvTimeUs("1.25"), 1250000);
  EXPECT_EQ(ParseCsvTimeUs("1970-01-02 00:00:01"), 86401000000);
  EXPECT_EQ(ParseCsvTimeUs("2014-02-14T14:27:00.5Z"), 1392388020500000);
  for (const char* wrong : {"2014-02-30 00:00:00", "2014-2-3 00:00:00", "1969-01-01 00:00:00", "2014-02-14", "-1",
                            "nan", "2014-02-14 14:27:00x", "2014-02-14 24:00:00", "1e300"}) {
    EXPECT_FALSE(ParseCsvTimeUs(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace verge::runner::pipeline
