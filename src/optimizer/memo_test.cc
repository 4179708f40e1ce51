#include "optimizer/memo.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::optimizer {
namespace {

TEST(Memo, KeepsEntriesBetweenCallsUntilForgotten) {
  const auto folder = sys::TempDir::Create();
  ASSERT_TRUE(folder.ok());
  const std::string path = sys::JoinPath(folder->path(), "memo");
  ASSERT_TRUE(Memo(path).Store("a", "1").ok());
  Memo later(path);
  ASSERT_NE(later.Find("a"), nullptr);
  EXPECT_EQ(*later.Find("a"), "1");
  EXPECT_EQ(later.Find("b"), nullptr);
  ASSERT_TRUE(later.Forget().ok());
  EXPECT_FALSE(sys::Exists(path));
}

TEST(Memo, DamagedFileCountsAsEmpty) {
  const auto folder = sys::TempDir::Create();
  ASSERT_TRUE(folder.ok());
  const std::string path = sys::JoinPath(folder->path(), "memo");
  for (const char* text : {"", "{\"a\": ", "[1, 2]", "{\"a\": 3}"}) {
    ASSERT_TRUE(sys::WriteFileAtomic(path, text).ok());
    EXPECT_EQ(Memo(path).Find("a"), nullptr) << text;
  }
}

TEST(Memo, EvaluationsComeBackAsTheyWere) {
  eval::Measurement measurement;
  measurement.figures = {{"top1", 0.905, eval::Interval{0.885, 0.922}}, {"broken", NAN, std::nullopt}};
  measurement.results = {{1, 7}, {0, 3}};
  measurement.items = 2;
  const eval::Measurement back = MeasurementFromText(MeasurementToText(measurement));
  ASSERT_EQ(back.figures.size(), 2U);
  EXPECT_EQ(back.items, 2U);
  EXPECT_EQ(back.figures[0].value, 0.905);
  ASSERT_TRUE(back.figures[0].interval.has_value());
  EXPECT_EQ(back.figures[0].interval->hi, 0.922);
  EXPECT_TRUE(std::isnan(back.figures[1].value));
  ASSERT_EQ(back.results.size(), 2U);
  EXPECT_EQ(back.results[1].answer, 3);
  for (const char* text : {"", "{}", "{\"items\": -1, \"figures\": []}", "{\"items\": 1, \"figures\": [3]}"}) {
    EXPECT_TRUE(MeasurementFromText(text).figures.empty()) << text;
  }
}

TEST(DigestOf, TellsWherePartsEnd) {
  EXPECT_NE(DigestOf({"ab", "c"}), DigestOf({"a", "bc"}));
  EXPECT_EQ(DigestOf({"ab", "c"}), DigestOf({"ab", "c"}));
}

}  // namespace
}  // namespace verge::optimizer
