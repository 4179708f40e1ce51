#include "runner/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::runner::report {
namespace {

using testing::HasSubstr;
using testing::Not;

media::Image Grey() {
  media::Image image{32, 24, {}};
  image.rgb.assign(3 * 32 * 24, 128);
  return image;
}

const media::Image kGrey = Grey();

Object Person(float score, uint32_t track = 1) { return {"person", score, {0.25F, 0.25F, 0.5F, 0.75F}, track, 0}; }

Firing FiringOf(const Object& object, const char* rule = "r") {
  Firing firing;
  firing.rule = rule;
  firing.object = object;
  return firing;
}

TEST(Collector, CountsFramesTracksAndFirings) {
  Collector c;
  const media::Image image = Grey();
  ASSERT_TRUE(c.Add(0, 0, &image, {Person(0.6F)}, {}).ok());
  ASSERT_TRUE(c.Add(1, 100000, &image, {Person(0.4F), {"dog", 0.9F, {}, 2, 0}}, {}).ok());
  ASSERT_TRUE(c.Add(2, 200000, &image, {Person(0.5F, 3)}, {FiringOf(Person(0.5F, 3))}).ok());
  EXPECT_EQ(c.frames(), 3u);
  EXPECT_EQ(c.frames_with_label(), 2u);
  EXPECT_EQ(c.tracks(), 3u);
  EXPECT_EQ(c.firings_by_rule().at("r"), 1u);
  EXPECT_EQ(c.media_us(), 200000);
}

TEST(Collector, StaysSmallAndKeepsTheWholeRun) {
  Collector c;
  const media::Image image = Grey();
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const std::vector<Object> objects = i % 2 == 0 ? std::vector<Object>{Person(0.9F)} : std::vector<Object>{};
    std::vector<Firing> firings;
    if (i % 100 == 0) firings.push_back(FiringOf(Person(0.9F)));
    ASSERT_TRUE(c.Add(i, i * 1000, &image, objects, firings).ok());
    ASSERT_LE(c.time_line().size(), Collector::kMaxPoints);
  }
  EXPECT_EQ(c.frames(), static_cast<uint64_t>(n));
  EXPECT_EQ(c.time_line().front().media_us, 0);
  EXPECT_GT(c.time_line().back().media_us, (n - 100) * 1000);
  EXPECT_EQ(c.firing_count(), 200u);
  const std::vector<const Picture*> pictures = c.Pictures();
  ASSERT_EQ(pictures.size(), 8u);
  EXPECT_LT(pictures.front()->frame, n / 8);
  EXPECT_GT(pictures.back()->frame, n * 3 / 4);
  int fired = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    EXPECT_TRUE(i == 0 || pictures[i]->frame > pictures[i - 1]->frame);
    fired += pictures[i]->firings.empty() ? 0 : 1;
  }
  EXPECT_EQ(fired, 4);
}

RunInfo Info() {
  RunInfo info;
  info.app = "obstacle";
  info.version = 2;
  info.description = "<script>alert(1)</script>";
  info.source = "vtest.avi";
  info.outcome = "end of stream";
  info.wall_ms = 1500;
  info.elements = {{"infer", "infer", 3, 0, 20000, 25000, 26000, 30000, 40000}};
  info.zones = {{"walkway", {{0, 0}, {1, 0}, {1, 1}}}};
  return info;
}

TEST(Report, IsOneFileThatShowsTheRun) {
  Collector c;
  ASSERT_TRUE(c.Add(41, 4100000, &kGrey, {Person(0.71F)}, {FiringOf(Person(0.71F), "person-in-zone")}).ok());
  const std::string html = RenderHtml(Info(), c);
  EXPECT_THAT(html, HasSubstr("data:image/jpeg;base64,/9j/"));
  EXPECT_THAT(html, HasSubstr("#1 person 0.71"));
  EXPECT_THAT(html, HasSubstr("person-in-zone"));
  EXPECT_THAT(html, HasSubstr("<polygon class=\"zone\""));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  EXPECT_THAT(html, HasSubstr("20.00</td><td>25.00"));
}

TEST(Report, AnEmptyRunStillGivesAPage) { EXPECT_THAT(RenderHtml(Info(), Collector()), HasSubstr("frames")); }

TEST(Report, WritesPageAndSummary) {
  const Result<sys::TempDir> dir = sys::TempDir::Create();
  ASSERT_TRUE(dir.ok());
  Collector c;
  ASSERT_TRUE(c.Add(0, 0, &kGrey, {Person(0.6F)}, {}).ok());
  ASSERT_TRUE(WriteReport(dir->File("r.html"), Info(), c).ok());
  EXPECT_TRUE(sys::Exists(dir->File("r.html")));
  EXPECT_THAT(sys::ReadFile(dir->File("summary.json"), 10000).value(), HasSubstr("\"frames_with_label\":1"));
}

}  // namespace
}  // namespace verge::runner::report
