// Histograms and calibrators against cases that can be worked out by hand, and the codes of weights and biases.
#include "quant/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "quant/weights.h"

namespace verge::quant {
namespace {

Histogram Of(const std::vector<float>& values) {
  Histogram h;
  h.Add(values);
  return h;
}

// 0, 1, ... 9999 once each, as a uniform distribution.
std::vector<float> Ramp(float step) {
  std::vector<float> values(10000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = step * static_cast<float>(i);
  return values;
}

TEST(Histogram, DoesNotDependOnHowValuesAreSplit) {
  const std::vector<float> values = {0.25f, -3, 0, 100, 1e-3f, -0.5f, 7};
  const Histogram at_once = Of(values);
  Histogram one_by_one;
  for (const float v : values) one_by_one.Add({&v, 1});
  EXPECT_EQ(at_once.limit(), 128);
  EXPECT_EQ(one_by_one.limit(), 128);
  EXPECT_TRUE(std::ranges::equal(at_once.bins(), one_by_one.bins()));
  EXPECT_EQ(one_by_one.lo(), -3);
  EXPECT_EQ(one_by_one.hi(), 100);
  EXPECT_EQ(one_by_one.count(), 7u);
  EXPECT_EQ(one_by_one.zeros(), 1u);
  EXPECT_EQ(std::accumulate(at_once.bins().begin(), at_once.bins().end(), uint64_t{0}), 6u);
}

TEST(Histogram, LeavesOutWhatIsNotFinite) {
  const Histogram h = Of({INFINITY, 1, NAN, -INFINITY, -2});
  EXPECT_EQ(h.count(), 2u);
  EXPECT_EQ(h.not_finite(), 3u);
  EXPECT_EQ(h.lo(), -2);
  EXPECT_EQ(h.hi(), 1);
  EXPECT_EQ(Of({NAN}).count(), 0u);
}

TEST(Histogram, CountsWhatARangeLeavesOut) {
  const Histogram h = Of(Ramp(1.0f / 10000));
  EXPECT_EQ(h.ShareOutside(0, 1), 0);
  EXPECT_NEAR(h.ShareOutside(0, 0.75), 0.25, 1e-3);
  EXPECT_NEAR(h.ShareOutside(0.25, 0.75), 0.5, 1e-3);
}

TEST(ChooseRange, AlwaysHoldsZero) {
  const Range r = ChooseRange(Of({3, 5}), Calibrator::kMinMax, 100);
  EXPECT_EQ(r.lo, 0);
  EXPECT_EQ(r.hi, 5);
  const Range negative = ChooseRange(Of({-3, -5}), Calibrator::kMinMax, 100);
  EXPECT_EQ(negative.lo, -5);
  EXPECT_EQ(negative.hi, 0);
}

TEST(ChooseRange, PercentileLeavesOutBothEndsEvenly) {
  std::vector<float> values = Ramp(1.0f / 5000);
  for (float& v : values) v -= 1;  // uniform in [-1, 1)
  const Range r = ChooseRange(Of(values), Calibrator::kPercentile, 90);
  EXPECT_NEAR(r.lo, -0.9, 2e-3);
  EXPECT_NEAR(r.hi, 0.9, 2e-3);
  const Range all = ChooseRange(Of(values), Calibrator::kPercentile, 100);
  EXPECT_EQ(all.lo, -1);
  EXPECT_EQ(all.hi, values.back());
}

TEST(ChooseRange, PercentileSeesZerosBetweenTheSigns) {
  std::vector<float> values(900, 0.0f);
  values.resize(1000, 8.0f);
  // The upper 5 % begin among the eights, which fill one bin: interpolation puts the end halfway into it.
  const Range r = ChooseRange(Of(values), Calibrator::kPercentile, 90);
  EXPECT_EQ(r.lo, 0);
  EXPECT_NEAR(r.hi, 8, 0.01);
  EXPECT_EQ(ChooseRange(Of(values), Calibrator::kPercentile, 75).hi, 0);
}

// With a share p of the values at t and the others uniform in [0, 1], clipping at c costs p (t - c)^2 + (c / 255)^2 /
// 12: for t = 4 it never pays with p = 1e-2, and always with p = 1e-8 (c = 1 costs 9e-8 + 1.3e-6, c = 4 costs 2.05e-5).
TEST(ChooseRange, SquaredErrorWeighsOutliersAgainstSteps) {
  std::vector<float> many = Ramp(1.0f / 10000);
  many.resize(10100, 4.0f);
  EXPECT_EQ(ChooseRange(Of(many), Calibrator::kMse, 100).hi, 4);
  Histogram rare;
  for (int i = 0; i < 300; ++i) rare.Add(Ramp(1.0f / 10000));
  rare.Add(std::vector<float>{4.0f});
  const double p = 1.0 / 3e6;  // the optimum has 2 p (4 - c) = 2 c / (255^2 12): c = 4 / (1 + 1 / (255^2 12 p))
  const double c = 4 / (1 + 1 / (255.0 * 255 * 12 * p));
  EXPECT_LT(c, 1);  // so it is clipping the uniform part that ends it
  const Range r = ChooseRange(rare, Calibrator::kMse, 100);
  EXPECT_GE(r.hi, 0.95);
  EXPECT_LE(r.hi, 1.05);
}

TEST(ChooseRange, SquaredErrorOfZerosIsNothing) {
  std::vector<float> values(100000, 0.0f);
  values.resize(100010, 4.0f);
  EXPECT_EQ(ChooseRange(Of(values), Calibrator::kMse, 100).hi, 4);
}

TEST(ChooseRange, EntropyKeepsAUniformAndCutsALongTail) {
  const Range uniform = ChooseRange(Of(Ramp(1.0f / 10000)), Calibrator::kEntropy, 100);
  EXPECT_NEAR(uniform.hi, 1, 0.02);
  // Two-sided exponential with a far outlier.
  std::vector<float> values;
  for (int i = 1; i < 20000; ++i) {
    const float v = -std::log(static_cast<float>(i) / 20000);
    values.push_back(v);
    values.push_back(-v);
  }
  values.push_back(200);
  const Range r = ChooseRange(Of(values), Calibrator::kEntropy, 100);
  EXPECT_LT(r.hi, 60);
  EXPECT_GT(r.hi, 3);
  EXPECT_GE(r.lo, -10.0);
}

TEST(AffineOf, PutsZeroOnAStepAndCoversTheRange) {
  const ops::ScaleZero s = AffineOf({-128, 127}, DType::kI8);
  EXPECT_EQ(s.scale, 1);
  EXPECT_EQ(s.zero_point, 0);
  const ops::ScaleZero positive = AffineOf({0, 51}, DType::kI8);
  EXPECT_FLOAT_EQ(positive.scale, 0.2f);
  EXPECT_EQ(positive.zero_point, -128);
  EXPECT_EQ(AffineOf({0, 51}, DType::kU8).zero_point, 0);
  const ops::ScaleZero wide = AffineOf({-65534, 32767}, DType::kI16);
  EXPECT_EQ(wide.scale, 2);
  EXPECT_EQ(wide.zero_point, 0);
  const ops::ScaleZero none = AffineOf({0, 0}, DType::kI8);
  EXPECT_GT(none.scale, 0);
  for (const Range r : {Range{-1, 3}, Range{-1e-3, 1e3}, Range{-7, 0}}) {
    const ops::ScaleZero a = AffineOf(r, DType::kI8);
    const Range can = ExpressibleRange(a, DType::kI8);
    EXPECT_LE(can.lo, r.lo + static_cast<double>(a.scale) * 0.501);
    EXPECT_GE(can.hi, r.hi - static_cast<double>(a.scale) * 0.501);
  }
}

TEST(WeightScales, FillTheRangeOfEachChannel) {
  const std::vector<float> w = {127, -1, 0, 0.5f, -63.5f, 2};
  const Channels rows(Shape{2, 3}, 0);
  EXPECT_EQ(WeightScales(w, rows, kLimit8), (std::vector<float>{1, 0.5f}));
  const Channels columns(Shape{2, 3}, 1);
  EXPECT_EQ(WeightScales(w, columns, kLimit8), (std::vector<float>{1, 0.5f, 2.0f / 127}));
  const WeightCode code = RoundToNearest(w, rows, {1, 0.5f}, kLimit8);
  EXPECT_EQ(code.q, (std::vector<int8_t>{127, -1, 0, 1, -127, 4}));
  EXPECT_EQ(WeightSqnr(w, rows, code), INFINITY);
}

// Seven weights of 1 and one of 7: of 4 bits, steps of 1 hold all exactly.
TEST(WeightScales, FourBitsTakeTheScaleOfLeastError) {
  const std::vector<float> exact = {1, 1, 1, 1, 1, 1, 1, 7};
  EXPECT_EQ(WeightScales(exact, Channels(Shape{1, 8}, 0), kLimit4), (std::vector<float>{1}));
  // 200 weights of 0.6 take one step, one of 7 takes seven: 200 (0.6 - s)^2 + 49 (1 - s)^2 is least at s = 169 / 249.
  std::vector<float> mixed(200, 0.6f);
  mixed.push_back(7);
  const std::vector<float> scales = WeightScales(mixed, Channels(Shape{1, 201}, 0), kLimit4);
  EXPECT_NEAR(scales[0], 169.0f / 249, 0.006f);
  const Channels whole(Shape{1, 201}, 0);
  EXPECT_GT(WeightSqnr(mixed, whole, RoundToNearest(mixed, whole, scales, kLimit4)),
            WeightSqnr(mixed, whole, RoundToNearest(mixed, whole, {1.0f}, kLimit4)));
}

TEST(RaiseScales, MakesRoomForTheBias) {
  const std::vector<float> w = {1e-9f, 1};
  const std::vector<float> bias = {50, 50};
  std::vector<float> scales = WeightScales(w, Channels(Shape{2, 1}, 0), kLimit8);
  const float fine = scales[1];
  RaiseScales(w, Channels(Shape{2, 1}, 0), bias, 0.01f, SumWidth::k32, scales);
  EXPECT_EQ(scales[1], fine);
  const std::vector<int64_t> steps = BiasSteps(bias, 0.01f, scales, SumWidth::k32);
  for (size_t c = 0; c < 2; ++c) {
    EXPECT_LE(steps[c], int64_t{1} << 30);
    EXPECT_NEAR(static_cast<double>(steps[c]) * 0.01 * static_cast<double>(scales[c]), 50, 1e-4);
  }
}

TEST(RaiseScales, KeepsLargeSumsWithin32Bits) {
  const std::vector<float> w(40000, 1.0f);  // 40000 * 127 * 255 is more than 2^30
  const Channels one(Shape{1, 40000}, 0);
  std::vector<float> scales = WeightScales(w, one, kLimit8);
  RaiseScales(w, one, {}, 1, SumWidth::k32, scales);
  const WeightCode code = RoundToNearest(w, one, scales, kLimit8);
  int64_t sum = 0;
  for (const int8_t q : code.q) sum += 255 * int64_t{q};
  EXPECT_LT(sum, int64_t{1} << 31);
  EXPECT_GT(sum, int64_t{1} << 29);
}

TEST(RaiseScales, ChannelsOfZerosStillGiveTheirBias) {
  const std::vector<float> w = {0, 2};
  std::vector<float> scales = WeightScales(w, Channels(Shape{2, 1}, 0), kLimit8);
  RaiseScales(w, Channels(Shape{2, 1}, 0), std::vector<float>{3, 3}, 0.5f, SumWidth::k32, scales);
  EXPECT_GT(scales[0], 0);
}

}  // namespace
}  // namespace verge::quant
