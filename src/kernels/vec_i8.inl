// Compiled once per instruction set, after isa/<name>_dots.inl; see vec_i8.h.
#include "kernels/rescale.inl"
#include "kernels/vec_i8.h"

namespace verge::kernels {
namespace {

using Reg = I32::Reg;
constexpr size_t kLanes = I32::kLanes;

Rescaler RescalerOf(const VecI8Scale& s) {
  return {I32::Set1(s.multiplier), I32::Set1(s.left), I32::Set1(s.right), true};
}

// y[i] = f(a[i], b[i]) of vectors of sums.
template <bool kIsSigned, typename F>
void ForPairs(const VecI8Pair& pair, const F& f) {
  const auto* a = static_cast<const char*>(pair.a);
  const auto* b = static_cast<const char*>(pair.b);
  auto* y = static_cast<char*>(pair.y);
  const auto one = I32::Set1(kIsSigned ? int32_t{*static_cast<const int8_t*>(pair.b)}
                                       : int32_t{*static_cast<const uint8_t*>(pair.b)});
  size_t i = 0;
  for (; i + kLanes <= pair.n; i += kLanes) {
    const Reg second = pair.b_is_one ? one : I32::LoadBytes<kIsSigned>(b + i);
    I32::StoreBytes(y + i, f(I32::LoadBytes<kIsSigned>(a + i), second));
  }
  if (i == pair.n) return;
  const size_t rest = pair.n - i;
  const Reg second = pair.b_is_one ? one : I32::LoadBytesN<kIsSigned>(b + i, rest);
  I32::StoreBytesN(y + i, f(I32::LoadBytesN<kIsSigned>(a + i, rest), second), rest);
}

template <typename F>
void Apply(const VecI8Formula& formula, const VecI8Pair& pair, const F& f) {
  if (pair.n == 0) return;
  formula.is_signed ? ForPairs<true>(pair, f) : ForPairs<false>(pair, f);
}

void Sum(const VecI8Formula& f, const VecI8Pair& pair) {
  const Rescaler common_a = RescalerOf(f.to_common_a), common_b = RescalerOf(f.to_common_b), to_y = RescalerOf(f.to_y);
  const Narrower narrow(f.y_zero, f.lo, f.hi);
  const Reg a_zero = I32::Set1(-f.a_zero), b_zero = I32::Set1(-f.b_zero), left = I32::Set1(f.left);
  const Reg flip = I32::Set1(f.sign < 0 ? -1 : 0), carry = I32::Set1(f.sign < 0 ? 1 : 0);
  Apply(f, pair, [&](Reg a, Reg b) {
    const Reg first = common_a(I32::ShiftLeft(I32::Add(a, a_zero), left));
    const Reg second = common_b(I32::ShiftLeft(I32::Add(b, b_zero), left));
    return narrow(to_y(I32::Add(first, I32::Add(I32::Xor(second, flip), carry))));
  });
}

void Product(const VecI8Formula& f, const VecI8Pair& pair) {
  const Rescaler to_y = RescalerOf(f.to_y);
  const Narrower narrow(f.y_zero, f.lo, f.hi);
  const Reg a_zero = I32::Set1(-f.a_zero), b_zero = I32::Set1(-f.b_zero);
  Apply(f, pair, [&](Reg a, Reg b) { return narrow(to_y(I32::Mul(I32::Add(a, a_zero), I32::Add(b, b_zero)))); });
}

// Whole steps, with halves away from zero.
F32::Reg AwayFromZero(F32::Reg x) {
  const F32::Reg whole = F32::Truncate(x);
  return F32::Add(whole, F32::UnitWhereHalf(F32::Sub(x, whole)));
}

void Quantise(const VecI8Quantise& q, const float* x, size_t n, void* y) {
  const F32::Reg scale = F32::Set1(q.scale);
  const F32::Reg lo = F32::Set1(static_cast<float>(q.lo - q.y_zero)),
                 hi = F32::Set1(static_cast<float>(q.hi - q.y_zero));
  const Reg zero = I32::Set1(q.y_zero);
  auto* out = static_cast<char*>(y);
  const auto of = [&](F32::Reg v) {
    const F32::Reg real = F32::Div(v, scale);
    const F32::Reg steps = q.half_even ? F32::Round(real) : AwayFromZero(real);
    return I32::Add(I32::FromFloat(F32::Min(hi, F32::Max(lo, F32::ZeroForNan(steps)))), zero);
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) I32::StoreBytes(out + i, of(F32::Load(x + i)));
  if (i < n) I32::StoreBytesN(out + i, of(F32::LoadN(x + i, n - i)), n - i);
}

constexpr int32_t kMixOne = 1 << 10;

template <bool kIsSigned>
void MixRowsOf(const char* low, const char* high, int32_t t, size_t n, int32_t* y) {
  const Reg of_low = I32::Set1(kMixOne - t), of_high = I32::Set1(t);
  const auto mix = [&](Reg a, Reg b) { return I32::Add(I32::Mul(a, of_low), I32::Mul(b, of_high)); };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    I32::Store(y + i, mix(I32::LoadBytes<kIsSigned>(low + i), I32::LoadBytes<kIsSigned>(high + i)));
  }
  if (i == n) return;
  alignas(64) int32_t rest[kLanes];
  I32::Store(rest, mix(I32::LoadBytesN<kIsSigned>(low + i, n - i), I32::LoadBytesN<kIsSigned>(high + i, n - i)));
  __builtin_memcpy(y + i, rest, (n - i) * sizeof(int32_t));
}

void MixRows(const void* low, const void* high, bool is_signed, int32_t t, size_t n, int32_t* y) {
  const auto *a = static_cast<const char*>(low), *b = static_cast<const char*>(high);
  is_signed ? MixRowsOf<true>(a, b, t, n, y) : MixRowsOf<false>(a, b, t, n, y);
}

void MixColumns(const int32_t* left, const int32_t* right, int32_t t, size_t n, void* y) {
  const Reg of_left = I32::Set1(kMixOne - t), of_right = I32::Set1(t);
  const Reg half = I32::Set1(kMixOne * kMixOne / 2), bits = I32::Set1(20), top = I32::Set1(31);
  const auto mix = [&](Reg a, Reg b) {
    const Reg sum = I32::Add(I32::Mul(a, of_left), I32::Mul(b, of_right));
    const Reg sign = I32::ShiftRight(sum, top);
    const Reg carry = I32::And(sign, I32::Set1(1));
    const Reg size = I32::Add(I32::Xor(sum, sign), carry);
    return I32::Add(I32::Xor(I32::ShiftRight(I32::Add(size, half), bits), sign), carry);
  };
  auto* out = static_cast<char*>(y);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) I32::StoreBytes(out + i, mix(I32::Load(left + i), I32::Load(right + i)));
  if (i == n) return;
  I32::StoreBytesN(out + i, mix(I32::Load(left + i), I32::Load(right + i)), n - i);
}

void Extremes(const float* x, size_t n, float* smallest, float* largest) {
  F32::Reg lo = F32::Zero(), hi = F32::Zero();
  const auto take = [&](F32::Reg v) {
    const F32::Reg real = F32::ZeroForNan(v);
    lo = F32::Min(lo, real);
    hi = F32::Max(hi, real);
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) take(F32::Load(x + i));
  if (i < n) take(F32::LoadN(x + i, n - i));
  *smallest = -F32::Largest(F32::Sub(F32::Zero(), lo));
  *largest = F32::Largest(hi);
}

void Steps(const VecI8Steps& s, const float* x, size_t n, int8_t* y) {
  // Beyond any step that is kept, so that the rounding stays in range.
  const F32::Reg inverse = F32::Set1(s.inverse), most = F32::Set1(512.0F), least = F32::Set1(-512.0F);
  const Narrower narrow(s.zero, s.lowest, 127);
  const auto of = [&](F32::Reg v) {
    const F32::Reg real = F32::ZeroForNan(F32::Mul(v, inverse));
    return narrow(I32::FromFloat(AwayFromZero(F32::Min(most, F32::Max(least, real)))));
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) I32::StoreBytes(y + i, of(F32::Load(x + i)));
  if (i < n) I32::StoreBytesN(y + i, of(F32::LoadN(x + i, n - i)), n - i);
}

void Reals(const VecI8Reals& r, size_t rows, void* y) {
  const F32::Reg lo = F32::Set1(r.lo), hi = F32::Set1(r.hi), scale = F32::Set1(r.scale);
  const Reg zero = I32::Set1(-r.zero);
  const auto real = [&](Reg sum, Reg weights, F32::Reg scales, F32::Reg start) {
    const F32::Reg steps = I32::ToFloat(I32::Add(sum, I32::Mul(weights, zero)));
    return F32::Min(hi, F32::Max(lo, F32::Add(start, F32::Mul(steps, F32::Mul(scale, scales)))));
  };
  for (size_t row = 0; row < rows; ++row) {
    auto* at = static_cast<int32_t*>(y) + row * r.columns;
    size_t j = 0;
    for (; j + kLanes <= r.columns; j += kLanes) {
      F32::Store(reinterpret_cast<float*>(at + j),
                 real(I32::Load(at + j), I32::Load(r.weights + j), F32::Load(r.scales + j), F32::Load(r.starts + j)));
    }
    for (; j < r.columns; ++j) {
      const auto steps = static_cast<float>(at[j] - r.zero * r.weights[j]);
      const float v = r.starts[j] + steps * (r.scale * r.scales[j]);
      const float out = v < r.lo ? r.lo : (v > r.hi ? r.hi : v);
      __builtin_memcpy(at + j, &out, sizeof out);
    }
  }
}

}  // namespace

extern const VecI8Table VERGE_ISA_SYMBOL(vec_i8);
const VecI8Table VERGE_ISA_SYMBOL(vec_i8) = {VERGE_ISA_NAME, Dots::kVecName, kLanes,  Sum,        Product, Quantise,
                                             Extremes,       Steps,          MixRows, MixColumns, Reals};

}  // namespace verge::kernels
