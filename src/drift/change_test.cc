// Detectors of change on streams whose change points are known: how often they cry for nothing, how soon they cry for
// something.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "drift/adwin.h"
#include "drift/ddm.h"
#include "drift/page_hinkley.h"
#include "drift/streams_for_test.h"

namespace verge::drift {
namespace {

using Detector = std::function<bool(double)>;  // an Add
using Values = std::function<double(Stream&, int)>;

constexpr int kSeeds = 300;

// Share of seeds with an alarm within `length` values.
double AlarmRate(const std::function<Detector()>& make, const Values& values, int length) {
  int alarms = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Stream stream(seed);
    const Detector add = make();
    for (int i = 0; i < length; ++i) {
      if (!add(values(stream, i))) continue;
      ++alarms;
      break;
    }
  }
  return static_cast<double>(alarms) / kSeeds;
}

// Values from the change to the alarm, the median over the seeds; -1 for the seeds without one.
int MedianDelay(const std::function<Detector()>& make, const Values& values, int change, int length) {
  std::vector<int> delays;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Stream stream(seed);
    const Detector add = make();
    int delay = length;
    for (int i = 0; i < length && delay == length; ++i) {
      if (add(values(stream, i)) && i >= change) delay = i - change;
    }
    delays.push_back(delay);
  }
  std::sort(delays.begin(), delays.end());
  return delays[kSeeds / 2];
}

Detector NewAdwin() {
  auto adwin = std::make_shared<Adwin>(0.002, 0, 1);
  return [adwin](double x) { return adwin->Add(x); };
}
Detector NewPageHinkley() {
  auto test = std::make_shared<PageHinkley>(0.05, 5);
  return [test](double x) { return test->Add(x); };
}
Detector NewDdm() {
  auto ddm = std::make_shared<Ddm>();
  return [ddm](double x) { return ddm->Add(x > 0.5) == DdmLevel::kDrift; };
}

double Stationary(Stream& stream, int) { return stream.Normal(0.5, 0.1); }
Values JumpAt(int change, double after) {
  return [=](Stream& stream, int i) { return stream.Normal(i < change ? 0.5 : after, 0.1); };
}
// 1: an error.
Values Errors(int change, double before, double after) {
  return [=](Stream& stream, int i) { return stream.Uniform() < (i < change ? before : after) ? 1.0 : 0.0; };
}

TEST(Adwin, FalseAlarmsAreRare) {
  const double rate = AlarmRate(NewAdwin, Stationary, 10'000);
  RecordProperty("rate", std::to_string(rate));
  EXPECT_LT(rate, 0.02);
  EXPECT_LT(AlarmRate(NewAdwin, Errors(0, 0.2, 0.2), 10'000), 0.05);
}

TEST(Adwin, FindsJumpsAndForgetsTheOldMean) {
  const int delay = MedianDelay(NewAdwin, JumpAt(1000, 0.7), 1000, 3000);
  RecordProperty("delay", std::to_string(delay));
  EXPECT_LE(delay, 64);
  EXPECT_LE(MedianDelay(NewAdwin, JumpAt(1000, 0.45), 1000, 5000), 500);
  Adwin adwin(0.002, 0, 1);
  Stream stream(7);
  for (int i = 0; i < 4000; ++i) adwin.Add(stream.Normal(i < 2000 ? 0.3 : 0.6, 0.05));
  EXPECT_NEAR(adwin.mean(), 0.6, 0.01);
  EXPECT_GE(adwin.count(), 1900u);
  EXPECT_LE(adwin.count(), 2064u);
}

TEST(Adwin, FindsASlowSlope) {
  const Values slope = [](Stream& stream, int i) {
    return stream.Normal(0.4 + (i < 1000 ? 0 : std::min(i - 1000, 2000) * 1e-4), 0.05);
  };
  EXPECT_LE(MedianDelay(NewAdwin, slope, 1000, 5000), 1000);
}

TEST(Adwin, WindowIsTheWholeStreamWhileNothingChanges) {
  Adwin adwin(0.002, -10, 10);
  double sum = 0;
  Stream stream(3);
  for (int i = 0; i < 100'000; ++i) {
    const double value = stream.Normal(2, 1);
    sum += value;
    EXPECT_FALSE(adwin.Add(value)) << i;
  }
  EXPECT_EQ(adwin.count(), 100'000u);
  EXPECT_NEAR(adwin.mean(), sum / 100'000, 1e-9);
}

TEST(PageHinkley, FalseAlarmsAreRareAndJumpsAreFoundBothWays) {
  const double rate = AlarmRate(NewPageHinkley, Stationary, 10'000);
  RecordProperty("rate", std::to_string(rate));
  EXPECT_LT(rate, 0.02);
  for (const double after : {0.7, 0.3}) {
    // lambda / (change - delta) = 5 / 0.15 = 33, plus what the running mean follows
    const int delay = MedianDelay(NewPageHinkley, JumpAt(1000, after), 1000, 3000);
    EXPECT_GE(delay, 25);
    EXPECT_LE(delay, 45);
  }
}

TEST(PageHinkley, AChangeBelowDeltaDoesNotMatter) {
  EXPECT_LT(AlarmRate(NewPageHinkley, JumpAt(1000, 0.53), 5'000), 0.05);
}

TEST(Ddm, FindsARiseOfErrorsAndNotAFall) {
  const int delay = MedianDelay(NewDdm, Errors(1000, 0.1, 0.4), 1000, 3000);
  RecordProperty("delay", std::to_string(delay));
  EXPECT_LE(delay, 200);
  EXPECT_LT(AlarmRate(NewDdm, Errors(300, 0.4, 0.05), 3'000), 0.5);
}

// What its header warns of: many looks at three sigma.
TEST(Ddm, FalseAlarmsGrowWithTheLengthOfTheStream) {
  const double in_1000 = AlarmRate(NewDdm, Errors(0, 0.2, 0.2), 1'000);
  const double in_10000 = AlarmRate(NewDdm, Errors(0, 0.2, 0.2), 10'000);
  RecordProperty("in_1000", std::to_string(in_1000));
  RecordProperty("in_10000", std::to_string(in_10000));
  EXPECT_GE(in_10000, in_1000);
  EXPECT_LT(in_10000, 0.6);
  EXPECT_EQ(AlarmRate(NewDdm, [](Stream&, int) { return 0.0; }, 10'000), 0);
}

// A detector that is saved and loaded at every value gives the same alarms as one that is not.
template <typename T>
void ExpectSavingChangesNothing(const T& fresh, const std::function<bool(T&, double)>& add) {
  T plain = fresh;
  T saved = fresh;
  Stream stream(11);
  int alarms = 0;
  for (int i = 0; i < 3000; ++i) {
    const double value = stream.Normal(i < 1500 ? 0.3 : 0.8, 0.1);
    const bool alarm = add(plain, value);
    EXPECT_EQ(add(saved, value), alarm) << i;
    alarms += alarm ? 1 : 0;
    StateWriter out;
    saved.Save(out);
    const std::string bytes = out.Take();
    T loaded = fresh;
    StateReader in(bytes);
    ASSERT_TRUE(loaded.Load(in).ok());
    ASSERT_TRUE(in.Done().ok());
    saved = loaded;
  }
  EXPECT_GE(alarms, 1);
}

TEST(State, SavingChangesNothing) {
  ExpectSavingChangesNothing<Adwin>(Adwin(0.002, 0, 1), [](Adwin& d, double x) { return d.Add(x); });
  ExpectSavingChangesNothing<PageHinkley>(PageHinkley(0.05, 5), [](PageHinkley& d, double x) { return d.Add(x); });
  ExpectSavingChangesNothing<Ddm>(Ddm(), [](Ddm& d, double x) { return d.Add(x > 0.5) == DdmLevel::kDrift; });
}

}  // namespace
}  // namespace verge::drift
