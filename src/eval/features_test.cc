#include "eval/features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace verge::eval {
namespace {

// A tone of 1 kHz: its frame's energy lies in the band around 1 kHz.
TEST(LogMel, AToneIsInItsBand) {
  LogMelOptions options{512, 256, 10, 16000, 0, 8000, 0, 100, 200};
  std::vector<float> tone(2048);
  for (size_t i = 0; i < tone.size(); ++i) {
    tone[i] = static_cast<float>(std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / 16000));
  }
  const std::vector<float> features = LogMel(options).Features(tone, 4);
  ASSERT_EQ(features.size(), 40u);
  // Corners are 2840 / 11 = 258.2 mel apart; 1 kHz is 1000 mel: 0.87 of the way to the peak of band 3 (1032.8 mel).
  for (size_t f = 0; f < 4; ++f) {
    for (size_t b = 0; b < 10; ++b) EXPECT_LE(features[10 * f + b], features[10 * f + 3]) << f << " " << b;
  }
  // The line's power is (512 / 2 * mean of the window)^2 / 512, its neighbours' a share of it: within 3 dB.
  const double line = 10 * std::log10(std::pow(256 * 0.54, 2) / 512);
  EXPECT_NEAR(features[3] * 200 - 100, line, 3);
}

TEST(LogMel, SilenceIsTheFloorAndEndsWithZeros) {
  LogMelOptions options{64, 32, 4, 16000, 0, 8000, 0.97, 52, 64};
  for (const float f : LogMel(options).Features(std::vector<float>(10), 3)) EXPECT_EQ(f, 0);
}

// Preemphasis 1 takes a constant away, but for the first sample.
TEST(LogMel, PreemphasisTakesTheConstantAway) {
  LogMelOptions options{64, 64, 4, 16000, 0, 8000, 1, 400, 800};
  const std::vector<float> features = LogMel(options).Features(std::vector<float>(128, 1.0F), 2);
  EXPECT_GT(features[0], 0.4F);
  EXPECT_NEAR(features[4], 0.125F, 1e-6F);  // 1e-30 is -300 dB
}

}  // namespace
}  // namespace verge::eval
