// x * min(max(x + 3, 0), 6) / 6 of quantised tensors, in 16-bit fixed point as the published 8-bit kernels compute it.
#pragma once

#include "ops/quant_elementwise.h"

namespace verge::ops {

// (2 a b) >> 16 to nearest, or without rounding; saturates.
inline int16_t DoublingHighProduct16(int16_t a, int16_t b, bool rounds) {
  const int32_t product = int32_t{a} * b;
  const int32_t nudge = rounds ? (product >= 0 ? 1 << 14 : 1 - (1 << 14)) : 0;
  return static_cast<int16_t>(std::clamp((product + nudge) / (1 << 15), -32768, 32767));
}

inline int16_t SaturatingShiftLeft16(int16_t x, int shift) {
  return static_cast<int16_t>(std::clamp<int64_t>(int64_t{x} * (int64_t{1} << shift), -32768, 32767));
}

class HardSwishQuant {
 public:
  HardSwishQuant(const TensorType& x, const TensorType& y)
      : x_zero_(ScaleOf(x).zero_point), y_zero_(ScaleOf(y).zero_point), range_(RangeOfDType(y.dtype)) {
    // x counts in steps of scale / 128 from here on, and x + 3 in steps of 3 / 2^15.
    const float fine = ScaleOf(x).scale / 128.0f;
    constexpr float kSwitchStep = 3.0f / 32768.0f;
    to_y_ = MakeFixedScale(static_cast<double>(fine / ScaleOf(y).scale));
    to_switch_ = MakeFixedScale(static_cast<double>(fine / kSwitchStep));
  }

  int32_t operator()(int32_t x) const {
    const auto fine = static_cast<int16_t>(std::clamp((x - x_zero_) * 128, -32768, 32767));
    const int16_t scaled = DoublingHighProduct16(fine, Half(to_y_), true);
    int16_t at = fine;
    const int shift = std::min(to_switch_.shift, 15);
    if (shift > 0) at = SaturatingShiftLeft16(at, shift - 1);
    at = DoublingHighProduct16(at, Half(to_switch_), true);
    if (shift > 0) at = SaturatingShiftLeft16(at, 1);
    if (shift < 0) at = static_cast<int16_t>(RoundingShiftRight(at, -shift));
    const auto share = static_cast<int16_t>((int32_t{at} + 32768) >> 1);  // of 1, in steps of 2^-15
    const int16_t product = DoublingHighProduct16(share, scaled, false);
    const int32_t y = to_y_.shift > 0 ? SaturatingShiftLeft16(product, std::min(to_y_.shift, 15))
                                      : RoundingShiftRight(product, -to_y_.shift);
    return range_.Clamp(y + y_zero_);
  }

 private:
  // The multiplier's upper 16 bits, rounded.
  static int16_t Half(FixedScale s) {
    constexpr int32_t kRoundsUpBelow = 0x7fff0000;
    return static_cast<int16_t>(s.multiplier >= kRoundsUpBelow ? 0x7fff : (s.multiplier + (1 << 15)) >> 16);
  }

  int32_t x_zero_, y_zero_;
  QuantRange range_;
  FixedScale to_y_, to_switch_;
};

}  // namespace verge::ops
