// Custom operators in small models: detection and the audio front end, against values computed by hand.
#include <flatbuffers/flexbuffers.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "import/tflite/run_operator.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;
using schema::TensorType;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Le;
using testing::Pointwise;

constexpr double kNear = 1e-6;

std::vector<uint8_t> Flex(const std::function<void(flexbuffers::Builder&)>& fill) {
  flexbuffers::Builder builder;
  builder.Map([&] { fill(builder); });
  builder.Finish();
  return builder.GetBuffer();
}

std::vector<uint8_t> FlexInts(const std::vector<std::pair<const char*, int64_t>>& values) {
  return Flex([&](flexbuffers::Builder& b) {
    for (const auto& [name, value] : values) b.Int(name, value);
  });
}

// Three boxes of size 2 x 2: two that overlap by half at (1, 1) and (1, 2), one apart at (9, 9).
struct Detector {
  RunOperator m;
  int32_t raw = m.In({1, 3, 4}, std::vector<double>(12, 0));
  int32_t anchors = m.Floats({3, 4}, {1, 1, 2, 2, 1, 2, 2, 2, 9, 9, 2, 2});

  void Run(const std::vector<double>& scores, bool regular, int64_t max_classes, float iou) {
    // Background and two classes.
    const int32_t in = m.In({1, 3, 3}, scores);
    const auto n = static_cast<int32_t>(3 * max_classes);
    m.Out({1, n, 4});
    m.Out({1, n});
    m.Out({1, n});
    m.Out({1});
    m.RunCustom("TFLite_Detection_PostProcess", {raw, in, anchors}, Flex([&](flexbuffers::Builder& b) {
                  b.Int("max_detections", 3);
                  b.Int("max_classes_per_detection", max_classes);
                  b.Int("num_classes", 2);
                  b.Bool("use_regular_nms", regular);
                  b.Float("nms_score_threshold", 0.2f);
                  b.Float("nms_iou_threshold", iou);
                  for (const char* scale : {"y_scale", "x_scale"}) b.Float(scale, 10.0f);
                  for (const char* scale : {"h_scale", "w_scale"}) b.Float(scale, 5.0f);
                }));
    EXPECT_EQ(m.error, "");
  }
};

TEST(DetectionConverters, FastSuppressionLooksAtTheBestClass) {
  Detector d;
  d.Run({0, 0.9, 0.1, 0, 0.3, 0.8, 0, 0.5, 0.4}, false, 1, 0.3f);
  ASSERT_EQ(d.m.outputs.size(), 4u);
  // Boxes 0 and 1 share 2 of 6: a third.
  EXPECT_THAT(d.m.outputs[0], ElementsAre(0, 0, 2, 2, 8, 8, 10, 10, 0, 0, 0, 0));
  EXPECT_THAT(d.m.outputs[1], ElementsAre(0, 0, 0));
  EXPECT_THAT(d.m.outputs[2], Pointwise(DoubleNear(kNear), std::vector<double>{0.9, 0.5, 0}));
  EXPECT_THAT(d.m.outputs[3], ElementsAre(2));
}

TEST(DetectionConverters, FastSuppressionGivesSeveralClassesABox) {
  Detector d;
  d.Run({0, 0.9, 0.1, 0, 0.3, 0.8, 0, 0.1, 0.1}, false, 2, 0.5f);
  ASSERT_EQ(d.m.outputs.size(), 4u);
  EXPECT_THAT(d.m.outputs[1], ElementsAre(0, 1, 1, 0, 0, 0));
  EXPECT_THAT(d.m.outputs[2], Pointwise(DoubleNear(kNear), std::vector<double>{0.9, 0.1, 0.8, 0.3, 0, 0}));
  EXPECT_THAT(d.m.outputs[3], ElementsAre(2));
}

TEST(DetectionConverters, RegularSuppressionLooksAtEachClass) {
  Detector d;
  d.Run({0, 0.9, 0.1, 0, 0.3, 0.8, 0, 0.5, 0.4}, true, 1, 0.3f);
  ASSERT_EQ(d.m.outputs.size(), 4u);
  EXPECT_THAT(d.m.outputs[1], ElementsAre(0, 1, 0));
  EXPECT_THAT(d.m.outputs[2], Pointwise(DoubleNear(kNear), std::vector<double>{0.9, 0.8, 0.5}));
  EXPECT_THAT(d.m.outputs[3], ElementsAre(3));
}

TEST(DetectionConverters, RefusesOptionsThatAreNone) {
  RunOperator m;
  const int32_t x = m.In({1, 1, 4}, {0, 0, 0, 0});
  m.Out({1, 1, 4});
  m.RunCustom("TFLite_Detection_PostProcess", {x, x, x}, {1, 2, 3, 4});
  EXPECT_THAT(m.error, HasSubstr("has options that are no map of numbers"));
}

TEST(DetectionConverters, NonMaxSuppression) {
  const auto fill = [](RunOperator& m) {
    const int32_t boxes = m.In({3, 4}, {0, 0, 2, 2, 2, 3, 0, 1, 8, 8, 10, 10});
    const int32_t scores = m.In({3}, {0.9, 0.8, 0.5});
    return std::vector<int32_t>{boxes, scores, m.Int(3)};
  };
  RunOperator four;
  std::vector<int32_t> inputs = fill(four);
  inputs.push_back(four.Floats({}, {0.3f}));
  inputs.push_back(four.Floats({}, {0.1f}));
  four.Out({3}, TensorType::INT32);
  four.Out({}, TensorType::INT32);
  four.Run(BuiltinOperator::NON_MAX_SUPPRESSION_V4, inputs);
  EXPECT_THAT(four.outputs, ElementsAre(ElementsAre(0, 2, 0), ElementsAre(2)));
  RunOperator five;
  inputs = fill(five);
  inputs.push_back(five.Floats({}, {0.9f}));
  inputs.push_back(five.Floats({}, {0.1f}));
  inputs.push_back(five.Floats({}, {0.5f}));
  five.Out({3}, TensorType::INT32);
  five.Out({3});
  five.Out({}, TensorType::INT32);
  five.Run(BuiltinOperator::NON_MAX_SUPPRESSION_V5, inputs);
  ASSERT_EQ(five.outputs.size(), 3u);
  // A third of overlap lowers 0.8 by exp(-1/9) to 0.7159, still before 0.5.
  EXPECT_THAT(five.outputs[0], ElementsAre(0, 1, 2));
  EXPECT_THAT(five.outputs[1], Pointwise(DoubleNear(1e-5), std::vector<double>{0.9, 0.715871, 0.5}));
  EXPECT_THAT(five.outputs[2], ElementsAre(3));
}

TEST(SignalConverters, WindowScaleAndEnergy) {
  RunOperator w;
  const int32_t x = w.In({1, 3}, {100, -100, 32767}, TensorType::INT16);
  const int32_t window = w.b.AddConstant<int16_t>("window", {3}, TensorType::INT16, {2048, 4096, 8192});
  w.Out({1, 3}, TensorType::INT16);
  EXPECT_THAT(w.RunCustom("SignalWindow", {x, window}, FlexInts({{"shift", 12}})), ElementsAre(50, -100, 32767));
  RunOperator s;
  const int32_t frame = s.In({3}, {5, -9, 2}, TensorType::INT16);
  s.Out({3}, TensorType::INT16);
  s.Out({}, TensorType::INT32);
  s.RunCustom("SignalFftAutoScale", {frame}, {});
  // 9 needs 4 bits: 11 more fit.
  EXPECT_THAT(s.outputs, ElementsAre(ElementsAre(10240, -18432, 4096), ElementsAre(11)));
  RunOperator e;
  const int32_t spectrum = e.In({6}, {1, 2, 3, 4, -32768, -32768}, TensorType::INT16);
  e.Out({3}, TensorType::UINT32);
  EXPECT_THAT(e.RunCustom("SignalEnergy", {spectrum}, FlexInts({{"start_index", 1}, {"end_index", 3}})),
              ElementsAre(0, 25, 2147483648.0));
}

// The transform in fixed point against the definition, in whole steps: a few roundings off at most.
TEST(SignalConverters, FixedPointSpectrum) {
  for (const int n : {8, 16, 32, 64}) {
    std::vector<double> samples;
    for (int i = 0; i < n; ++i) samples.push_back(std::round(12000 * std::sin(0.7 * i) + 5000 * std::cos(2.1 * i)));
    RunOperator m;
    const int32_t x = m.In({n}, samples, TensorType::INT16);
    m.Out({n + 2}, TensorType::INT16);
    const std::vector<double> y = m.RunCustom("SignalRfft", {x}, FlexInts({{"fft_length", n}}));
    ASSERT_EQ(y.size(), static_cast<size_t>(n) + 2) << m.error;
    std::vector<double> off;
    for (int k = 0; k <= n / 2; ++k) {
      double re = 0;
      double im = 0;
      for (int i = 0; i < n; ++i) {
        re += samples[static_cast<size_t>(i)] * std::cos(2 * std::numbers::pi * k * i / n) / n;
        im -= samples[static_cast<size_t>(i)] * std::sin(2 * std::numbers::pi * k * i / n) / n;
      }
      off.push_back(std::abs(y[2 * static_cast<size_t>(k)] - re));
      off.push_back(std::abs(y[2 * static_cast<size_t>(k) + 1] - im));
    }
    EXPECT_THAT(off, Each(Le(4))) << n;
  }
}

TEST(SignalConverters, RealSpectrum) {
  RunOperator m;
  const int32_t x = m.In({4}, {1, 2, 3, 4});
  m.Out({6});
  EXPECT_THAT(m.RunCustom("SignalRfft", {x}, FlexInts({{"fft_length", 4}})),
              Pointwise(DoubleNear(kNear), std::vector<double>{10, 0, -2, 2, -2, 0}));
}

// Two channels; row 0 only gives its falling side to channel 0.
TEST(SignalConverters, FilterBank) {
  RunOperator m;
  const auto table = [&](const std::vector<int16_t>& values) {
    return m.b.AddConstant("table", {static_cast<int32_t>(values.size())}, TensorType::INT16, values);
  };
  const int32_t x = m.In({4}, {1, 10, 100, 1000}, TensorType::UINT32);
  m.Out({2}, TensorType::UINT64);
  const std::vector<int32_t> inputs = {
      x, table({1, 2, 3, 4}), table({5, 6, 7, 8}), table({0, 1, 2}), table({0, 1, 2}), table({1, 1, 2})};
  // Channel 0: 5 * 1 + 2 * 10; channel 1: 6 * 10 + 3 * 100 + 4 * 1000.
  EXPECT_THAT(m.RunCustom("SignalFilterBank", inputs, FlexInts({{"num_channels", 2}})), ElementsAre(25, 4360));
  RunOperator bad;
  const auto outside = bad.b.AddConstant<int16_t>("t", {2}, TensorType::INT16, {3, 3});
  const int32_t y = bad.In({2}, {1, 2}, TensorType::UINT32);
  bad.Out({1}, TensorType::UINT64);
  bad.RunCustom("SignalFilterBank", {y, outside, outside, outside, outside, outside}, FlexInts({{"num_channels", 1}}));
  EXPECT_THAT(bad.error, HasSubstr("has tables that point outside"));
}

TEST(SignalConverters, RootsAndLogarithms) {
  RunOperator r;
  const int32_t x = r.In({6}, {0, 8, 6, 1e6, 4294967295.0, 1e15}, TensorType::UINT64);
  r.Out({6}, TensorType::UINT32);
  // sqrt(8) = 2.83, sqrt(6) = 2.45; the root of a number below 2^32 stays below 2^16; sqrt(1e15) = 31622776.6.
  EXPECT_THAT(r.RunCustom("SignalFilterBankSquareRoot", {x, r.Int(0)}, {}),
              ElementsAre(0, 3, 2, 1000, 65535, 31622777));
  RunOperator l;
  const int32_t y = l.In({4}, {0, 1, 2, 100000}, TensorType::UINT32);
  l.Out({4}, TensorType::INT16);
  const std::vector<double> logs =
      l.RunCustom("SignalFilterBankLog", {y}, FlexInts({{"output_scale", 1600}, {"input_correction_bits", 0}}));
  EXPECT_THAT(logs, Pointwise(DoubleNear(1), std::vector<double>{0, 0, 1600 * std::log(2), 1600 * std::log(100000)}));
}

// One quarter of the signal becomes noise in the first run, from a noise of 0.
TEST(SignalConverters, SpectralSubtraction) {
  RunOperator m;
  const int32_t x = m.In({2}, {1000, 1000}, TensorType::UINT32);
  m.Out({2}, TensorType::UINT32);
  m.Out({2}, TensorType::UINT32);
  m.RunCustom("SignalFilterBankSpectralSubtraction", {x},
              FlexInts({{"smoothing", 4096},
                        {"alternate_smoothing", 8192},
                        {"one_minus_smoothing", 12288},
                        {"alternate_one_minus_smoothing", 8192},
                        {"smoothing_bits", 2},
                        {"spectral_subtraction_bits", 14},
                        {"min_signal_remaining", 9830},
                        {"clamping", 0}}));
  EXPECT_EQ(m.error, "");
  // Noise 4000 / 4 and 4000 / 2; left 750 and, as no less than 0.6 remains, 599.
  EXPECT_THAT(m.outputs, ElementsAre(ElementsAre(750, 599), ElementsAre(1000, 2000)));
}

TEST(SignalConverters, GainByNoise) {
  RunOperator m;
  std::vector<int16_t> table(125, 0);
  table[0] = 64;
  table[2] = 128;
  // A noise of 5 = 101b: piece 4 * 3 - 6 = 6, its fraction 01b of 2 bits = 256 of 1024.
  table[6] = 100;
  table[7] = 40;
  table[8] = 0;
  const int32_t lut = m.b.AddConstant("lut", {125}, TensorType::INT16, table);
  const int32_t x = m.In({3}, {64, 6400, 6400}, TensorType::UINT32);
  const int32_t noise = m.In({3}, {0, 2, 5}, TensorType::UINT32);
  m.Out({3}, TensorType::UINT32);
  // snr 4096 = 1: 1 / 4 in 6 bits; 819200 = 200: 199; gain 100 + round(40 * 32 * 256 / 32768) = 110: 171.875 - 1.
  EXPECT_THAT(m.RunCustom("SignalPCAN", {x, noise, lut}, FlexInts({{"snr_shift", 0}})), ElementsAre(16, 12736, 10936));
}

}  // namespace
}  // namespace verge::tflite
