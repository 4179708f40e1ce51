// Rescaling of sums in vectors, bit for bit that of ops/quant.h. For the units that are compiled once per instruction
// set.
#pragma once

namespace verge::kernels {
namespace {

// Rescale (halves away from 0) or RescaleHalvesUp of vectors of sums. `parameters` holds multipliers, and `stride`
// values further on lefts, and then rights: one a lane.
//
// Halves up in one shift, where there is one of 64 bits:
//   floor((floor((a b + 2^30) / 2^31) + 2^(r-1)) / 2^r) = floor((a b + 2^30 + 2^(30+r)) / 2^(31+r))
template <typename V>
class BasicRescaler {
 public:
  using Reg = typename V::Reg;

  BasicRescaler(const int32_t* parameters, size_t stride, bool halves_away)
      : BasicRescaler(V::Load(parameters), V::Load(parameters + stride), V::Load(parameters + 2 * stride), halves_away) {}
  BasicRescaler(Reg multiplier, Reg left, Reg right, bool halves_away)
      : multiplier_(multiplier), left_(left), right_(right), is_wide_(V::kShifts64 && !halves_away) {
    const Reg one = V::Set1(1), none = V::Zero();
    rounds_ = V::Min(right_, one);  // 0 where nothing is shifted out
    if constexpr (V::kShifts64) {
      if (is_wide_) {
        odd_ = V::OddToEven(multiplier_);
        SetWide(V::EvenAlone(right_), V::EvenAlone(rounds_), even_round_, even_shift_);
        SetWide(V::OddToEven(right_), V::OddToEven(rounds_), odd_round_, odd_shift_);
        return;
      }
    }
    before_ = V::Max(V::Add(right_, V::Set1(-1)), none);
    // -1 where negative sums go down at a half.
    away_ = halves_away ? V::Add(V::Xor(rounds_, V::Set1(-1)), one) : none;
  }

  Reg operator()(Reg sum) const {
    const Reg shifted = V::ShiftLeft(sum, left_);
    if constexpr (V::kShifts64) {
      if (is_wide_) {
        const Reg even = V::Add64(V::MulEven(shifted, multiplier_), even_round_);
        const Reg odd = V::Add64(V::MulEven(V::OddToEven(shifted), odd_), odd_round_);
        return V::Zip(V::ShiftRight64(even, even_shift_), V::ShiftRight64(odd, odd_shift_));
      }
    }
    const Reg high = V::High(shifted, multiplier_);
    const Reg sign = V::ShiftRight(high, V::Set1(31));
    const Reg moved = V::Add(high, V::And(sign, away_));
    const Reg half = V::And(V::ShiftRight(moved, before_), rounds_);
    return V::Add(V::ShiftRight(moved, right_), half);
  }

 private:
  // Of rights and whether they are more than 0, 64 bits each.
  static void SetWide(Reg right, Reg is_shifted, Reg& round, Reg& shift) {
    shift = V::Add64(right, V::Set64(31));
    const Reg half = V::ShiftLeft64(is_shifted, V::Add64(right, V::Set64(30)));
    round = V::Add64(V::Set64(int64_t{1} << 30), half);
  }

  Reg multiplier_, left_, right_, before_, rounds_, away_;
  bool is_wide_;
  Reg odd_, even_round_, even_shift_, odd_round_, odd_shift_;  // is_wide_
};
using Rescaler = BasicRescaler<I32>;

// clamp(zero + v, lo, hi) for any v.
class Narrower {
 public:
  Narrower(int32_t zero, int32_t lo, int32_t hi)
      : zero_(I32::Set1(zero)), lo_(I32::Set1(lo - zero)), hi_(I32::Set1(hi - zero)) {}
  I32::Reg operator()(I32::Reg v) const { return I32::Add(I32::Min(hi_, I32::Max(lo_, v)), zero_); }

 private:
  I32::Reg zero_, lo_, hi_;
};

}  // namespace
}  // namespace verge::kernels
