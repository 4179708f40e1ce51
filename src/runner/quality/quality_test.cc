#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "proto/json.h"
#include "runner/quality/learner.h"
#include "runner/quality/monitors.h"

namespace verge::runner::quality {
namespace {

using app::Signal;
using app::Statistic;
using testing::ElementsAre;
using testing::HasSubstr;

class Events final : public pipeline::EventSink {
 public:
  Status Emit(proto::RunnerEvent event) override {
    kinds.push_back(event.kind);
    last = std::move(event);
    return Status::Ok();
  }
  std::vector<std::string> kinds;
  proto::RunnerEvent last;
};

std::vector<app::Monitor> OneMonitor(Signal signal) {
  app::Monitor monitor;
  monitor.name = "watched";
  monitor.signal = signal;
  monitor.interval_us = 1'000'000;
  monitor.is_gate = true;
  monitor.spec.window = 4;
  monitor.spec.reference = drift::Reference{{0.5}, {0.1, 0.9}};
  monitor.spec.psi = 1;
  return {monitor};
}

std::vector<Object> Objects(std::initializer_list<float> scores) {
  std::vector<Object> objects;
  for (const float score : scores) objects.push_back({"person", score, {}, 0, 0});
  return objects;
}

TEST(Statistics, AreWhatTheyAreCalled) {
  float values[] = {1, 2, 2, 7};
  const Tensor tensor{{DType::kF32, {4}, {}}, values};
  EXPECT_EQ(StatisticOf(tensor, Statistic::kMean), 3);
  EXPECT_NEAR(StatisticOf(tensor, Statistic::kDeviation), std::sqrt(5.5), 1e-12);
  EXPECT_EQ(StatisticOf(tensor, Statistic::kLeast), 1);
  EXPECT_EQ(StatisticOf(tensor, Statistic::kMost), 7);
  EXPECT_NEAR(StatisticOf(tensor, Statistic::kNorm), std::sqrt(58.0), 1e-12);
  int8_t codes[] = {-128, 127};
  EXPECT_EQ(StatisticOf(Tensor{{DType::kI8, {2}, {}}, codes}, Statistic::kMean), -0.5);
  uint16_t brain[] = {0x3fc0};  // 1.5 as bfloat16
  EXPECT_EQ(StatisticOf(Tensor{{DType::kBF16, {1}, {}}, brain}, Statistic::kMost), 1.5);
  float broken[] = {1, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_TRUE(std::isnan(StatisticOf(Tensor{{DType::kF32, {2}, {}}, broken}, Statistic::kMost)));
}

TEST(Statistics, OfALargeTensorAreOfElementsEvenlyApart) {
  std::vector<float> values(270'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const Tensor tensor{{DType::kF32, {270'000}, {}}, values.data()};
  EXPECT_NEAR(StatisticOf(tensor, Statistic::kMean), 135'000, 100);
  EXPECT_EQ(StatisticOf(tensor, Statistic::kLeast), 0);
}

TEST(Monitors, TellOfTheFirstWindowThenOnlyOfWhatChanges) {
  const auto monitors = OneMonitor(Signal::kScore);
  Events events;
  std::vector<proto::QualityReport> told;
  Monitors watch(monitors, events, [&](const proto::QualityReport& report) {
    told.push_back(report);
    return Status::Ok();
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(watch.SeeObjects(Objects({0.9f, 0.8f, 0.9f, 0.7f})).ok());
  EXPECT_THAT(events.kinds, ElementsAre("drift.window"));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(watch.SeeObjects(Objects({0.1f, 0.2f, 0.3f, 0.7f})).ok());
  EXPECT_THAT(events.kinds, ElementsAre("drift.window", "drift.alert"));
  EXPECT_EQ(events.last.priority, proto::Priority::kAlert);
  const nlohmann::json data = nlohmann::json::parse(events.last.data.text());
  EXPECT_EQ(data["monitor"], "watched");
  EXPECT_EQ(data["counts"], (nlohmann::json{3, 1}));
  EXPECT_THAT(data["trouble"].get<std::string>(), HasSubstr("psi 2.1"));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(watch.SeeObjects(Objects({0.9f, 0.8f, 0.9f, 0.7f})).ok());
  EXPECT_THAT(events.kinds, ElementsAre("drift.window", "drift.alert", "drift.recovered"));
  ASSERT_EQ(told.size(), 7u) << "a gate hears of every window";
  EXPECT_TRUE(told[2].ok);
  EXPECT_FALSE(told[3].ok);
  EXPECT_EQ(told[3].window, 4);
  EXPECT_THAT(told[3].detail, HasSubstr("> 1"));
}

TEST(Monitors, CountEventsByMediaTime) {
  auto monitors = OneMonitor(Signal::kEvents);
  monitors[0].spec.reference.reset();
  monitors[0].spec.psi.reset();
  monitors[0].spec.most_mean = 30;
  Events events;
  Monitors watch(monitors, events, nullptr);
  // 1, 0, 1, 0 firings in four seconds: 30 a minute; then a gap, and 8 in one second.
  for (const auto& [ms, count] : std::vector<std::pair<int64_t, size_t>>{{0, 1}, {1500, 0}, {2900, 1}, {3500, 0}}) {
    ASSERT_TRUE(watch.SeeFirings(ms * 1000, count).ok());
  }
  EXPECT_TRUE(events.kinds.empty());
  ASSERT_TRUE(watch.SeeFirings(4'000'000, 8).ok());
  EXPECT_THAT(events.kinds, ElementsAre("drift.window"));
  ASSERT_TRUE(watch.SeeFirings(8'000'000, 0).ok());
  EXPECT_THAT(events.kinds, ElementsAre("drift.window", "drift.alert"));
  EXPECT_EQ(nlohmann::json::parse(events.last.data.text())["mean"], 120);
  ASSERT_TRUE(watch.SeeFirings(int64_t{1} << 60, 0).ok()) << "a jump of the source costs no time";
}

TEST(Monitors, HearOnlyTheirLabel) {
  auto monitors = OneMonitor(Signal::kScore);
  monitors[0].label = "dog";
  Events events;
  Monitors watch(monitors, events, nullptr);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(watch.SeeObjects(Objects({0.9f})).ok());
  EXPECT_TRUE(events.kinds.empty());
}

TEST(Monitors, JudgeWhatIsHalfFullAtTheEndAndGoOnFromAState) {
  const auto monitors = OneMonitor(Signal::kScore);
  Events events;
  Monitors first(monitors, events, nullptr);
  ASSERT_TRUE(first.SeeObjects(Objects({0.1f, 0.1f, 0.1f})).ok());
  Monitors second(monitors, events, nullptr);
  ASSERT_TRUE(second.Load(first.Save()).ok());
  ASSERT_TRUE(second.SeeObjects(Objects({0.1f})).ok());
  EXPECT_THAT(events.kinds, ElementsAre("drift.alert"));
  ASSERT_TRUE(first.Finish().ok());
  EXPECT_THAT(events.kinds, ElementsAre("drift.alert", "drift.alert"));
  EXPECT_EQ(second.Load("VMS1").code(), StatusCode::kDataLoss);
  auto changed = monitors;
  changed[0].spec.window = 5;
  Monitors other(changed, events, nullptr);
  EXPECT_TRUE(other.Load(first.Save()).ok()) << "another description begins anew";
}

TEST(Learner, GivesLimitsThatItsOwnDataKeep) {
  auto monitors = OneMonitor(Signal::kScore);
  monitors[0].spec.window = 200;
  Learner learner(monitors);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(learner.SeeObjects(Objects({static_cast<float>((i * 7919) % 1000) / 1000})).ok());
  }
  const std::string yaml = learner.Yaml();
  EXPECT_THAT(yaml, HasSubstr("  watched:   # learnt from 5000 values"));
  EXPECT_THAT(yaml, HasSubstr("edges: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]"));
  EXPECT_THAT(yaml, HasSubstr("shares: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]"));
  EXPECT_THAT(yaml, HasSubstr("psi: 0.17"));
  Learner constant(monitors);
  ASSERT_TRUE(constant.SeeObjects(Objects({0.5f, 0.5f})).ok());
  EXPECT_THAT(constant.Yaml(), HasSubstr("mean: [0.5, 0.5]"));
}

}  // namespace
}  // namespace verge::runner::quality
