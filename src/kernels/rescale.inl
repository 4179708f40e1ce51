// Rescaling of sums in vectors, bit for bit that of ops/quant.h. For the units that are compiled once per instruction
// set.
#pragma once

namespace verge::kernels {
namespace {

// Rescale (halves away from 0) or RescaleHalvesUp of vectors of sums. `parameters` holds multipliers, and `stride`
// values further on lefts, and then rights: one a lane.
class Rescaler {
 public:
  Rescaler(const int32_t* parameters, size_t stride, bool halves_away)
      : Rescaler(I32::Load(parameters), I32::Load(parameters + stride), I32::Load(parameters + 2 * stride),
                 halves_away) {}
  Rescaler(I32::Reg multiplier, I32::Reg left, I32::Reg right, bool halves_away)
      : multiplier_(multiplier), left_(left), right_(right) {
    const I32::Reg one = I32::Set1(1), none = I32::Zero();
    before_ = I32::Max(I32::Add(right_, I32::Set1(-1)), none);
    rounds_ = I32::Min(right_, one);  // 0 where nothing is shifted out
    // -1 where negative sums go down at a half.
    away_ = halves_away ? I32::Add(I32::Xor(rounds_, I32::Set1(-1)), one) : none;
  }

  I32::Reg operator()(I32::Reg sum) const {
    const I32::Reg high = I32::High(I32::ShiftLeft(sum, left_), multiplier_);
    const I32::Reg sign = I32::ShiftRight(high, I32::Set1(31));
    const I32::Reg moved = I32::Add(high, I32::And(sign, away_));
    const I32::Reg half = I32::And(I32::ShiftRight(moved, before_), rounds_);
    return I32::Add(I32::ShiftRight(moved, right_), half);
  }

 private:
  I32::Reg multiplier_, left_, right_, before_, rounds_, away_;
};

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
