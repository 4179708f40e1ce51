#include "drift/monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "drift/streams_for_test.h"

namespace verge::drift {
namespace {

using testing::HasSubstr;

MonitorSpec ScoreSpec() {
  MonitorSpec spec;
  spec.window = 100;
  spec.reference = Reference{{0.25, 0.5, 0.75}, {0.25, 0.25, 0.25, 0.25}};
  spec.psi = 0.25;
  spec.ks = 0.25;
  spec.least_mean = 0.3;
  spec.most_mean = 0.7;
  return spec;
}

// The reports of `count` uniform values in low..high.
std::vector<WindowReport> Feed(Monitor& monitor, double low, double high, int count) {
  std::vector<WindowReport> reports;
  Stream stream(5);
  for (int i = 0; i < count; ++i) {
    if (auto report = monitor.Add(low + stream.Uniform() * (high - low))) reports.push_back(*report);
  }
  return reports;
}

TEST(Monitor, WindowsOfTheSameDistributionAreGood) {
  Monitor monitor(ScoreSpec());
  const std::vector<WindowReport> reports = Feed(monitor, 0, 1, 1050);
  ASSERT_EQ(reports.size(), 10u);
  for (const WindowReport& report : reports) {
    EXPECT_TRUE(report.ok()) << report.trouble;
    EXPECT_EQ(report.samples, 100u);
    EXPECT_EQ(report.counts.size(), 4u);
    EXPECT_NEAR(report.mean, 0.5, 0.15);
    EXPECT_LT(report.least, 0.2);
    EXPECT_GT(report.most, 0.8);
  }
  EXPECT_EQ(reports[9].window, 10u);
  const auto rest = monitor.Finish();
  ASSERT_TRUE(rest.has_value());
  EXPECT_EQ(rest->samples, 50u);
  EXPECT_FALSE(monitor.Finish().has_value());
}

TEST(Monitor, AnotherDistributionIsBadAndTheReasonHasTheNumbers) {
  Monitor monitor(ScoreSpec());
  const std::vector<WindowReport> reports = Feed(monitor, 0, 0.2, 100);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_THAT(reports[0].trouble, HasSubstr("psi 6.9"));
  EXPECT_THAT(reports[0].trouble, HasSubstr("ks 0.75 > 0.25"));
  EXPECT_THAT(reports[0].trouble, HasSubstr("mean 0.1"));
  EXPECT_THAT(reports[0].trouble, HasSubstr("< 0.3"));
  EXPECT_EQ(reports[0].counts[0], 100u);
}

TEST(Monitor, ANumberThatIsNoneMakesItsWindowBadAndSpoilsNoStatistic) {
  Monitor monitor(ScoreSpec());
  monitor.Add(std::nan(""));
  monitor.Add(std::numeric_limits<double>::infinity());
  const std::vector<WindowReport> reports = Feed(monitor, 0, 1, 198);
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].trouble, "2 of 100 values are not finite");
  EXPECT_NEAR(reports[0].mean, 0.5, 0.15);
  EXPECT_TRUE(reports[1].ok());
}

TEST(Monitor, AllKindsOfChangeTestsReport) {
  for (const ChangeTest change : {ChangeTest::kAdwin, ChangeTest::kPageHinkley, ChangeTest::kDdm}) {
    MonitorSpec spec;
    spec.window = 100;
    spec.change = change;
    spec.delta = 0.01;
    spec.lambda = 20;
    spec.error_below = 0.3;
    Monitor monitor(spec);
    const bool is_calm = change != ChangeTest::kDdm;  // DDM may cry for nothing, see its header
    for (const WindowReport& report : Feed(monitor, 0, 1, 500)) EXPECT_TRUE(report.ok() || !is_calm);
    bool has_changed = false;
    for (const WindowReport& report : Feed(monitor, 0, 0.1, 1000)) has_changed |= report.has_changed;
    EXPECT_TRUE(has_changed) << static_cast<int>(change);
  }
}

TEST(Monitor, GoesOnFromASavedState) {
  MonitorSpec spec = ScoreSpec();
  spec.change = ChangeTest::kAdwin;
  Monitor plain(spec);
  Monitor first(spec);
  Feed(plain, 0, 1, 150);
  Feed(first, 0, 1, 150);
  Monitor second(spec);
  ASSERT_TRUE(second.Load(first.Save()).ok());
  EXPECT_EQ(second.Save(), first.Save());
  const auto a = Feed(plain, 0, 0.5, 80);
  const auto b = Feed(second, 0, 0.5, 80);
  ASSERT_EQ(a.size(), 1u);
  ASSERT_EQ(b.size(), 1u);
  EXPECT_EQ(a[0].window, b[0].window);
  EXPECT_EQ(a[0].counts, b[0].counts);
  EXPECT_EQ(a[0].mean, b[0].mean);
  EXPECT_EQ(a[0].least, b[0].least);
}

TEST(Monitor, RefusesAStateThatIsDamagedOrOfAnotherDescription) {
  MonitorSpec spec = ScoreSpec();
  spec.change = ChangeTest::kPageHinkley;
  Monitor monitor(spec);
  Feed(monitor, 0, 1, 150);
  const std::string bytes = monitor.Save();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(monitor.Load(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_EQ(monitor.Load(bytes + "x").code(), StatusCode::kDataLoss);
  EXPECT_EQ(monitor.Save(), bytes) << "a failed Load changes nothing";
  spec.window = 99;
  EXPECT_EQ(Monitor(spec).Load(bytes).code(), StatusCode::kFailedPrecondition);
}

TEST(Monitor, ImpossibleDescriptionsAreRefused) {
  MonitorSpec spec = ScoreSpec();
  EXPECT_TRUE(CheckMonitorSpec(spec).ok());
  spec.reference.reset();
  EXPECT_THAT(std::string(CheckMonitorSpec(spec).message()), HasSubstr("edges and shares"));
  spec = ScoreSpec();
  spec.window = 0;
  EXPECT_FALSE(CheckMonitorSpec(spec).ok());
  spec = ScoreSpec();
  spec.low = 1;
  EXPECT_FALSE(CheckMonitorSpec(spec).ok());
  spec = ScoreSpec();
  spec.change = ChangeTest::kAdwin;
  spec.delta = 0;
  EXPECT_FALSE(CheckMonitorSpec(spec).ok());
}

}  // namespace
}  // namespace verge::drift
