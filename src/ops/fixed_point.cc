#include "ops/fixed_point.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace verge::ops {
namespace {

// All numbers below are 16-bit with the integer bits that the comment beside them states; sums wrap.
constexpr int16_t kOne = std::numeric_limits<int16_t>::max();  // 0 bits

constexpr int16_t Wrap(int32_t x) { return static_cast<int16_t>(x); }

// A constant given to 31 fractional bits, to nearest.
constexpr int16_t Constant(int32_t q31) { return static_cast<int16_t>((q31 + (1 << 15) - (q31 < 0 ? 1 : 0)) >> 16); }

// a b, rounded to nearest with halves away from zero; its integer bits are those of a and of b.
int16_t Product(int16_t a, int16_t b) {
  constexpr int16_t kLowest = std::numeric_limits<int16_t>::min();
  if (a == kLowest && b == kLowest) return std::numeric_limits<int16_t>::max();
  const int32_t product = static_cast<int32_t>(a) * b;
  return static_cast<int16_t>((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}

// x 2^exponent: to the left it saturates, to the right it rounds. T is int16_t or int32_t.
template <typename T>
T Shifted(T x, int exponent) {
  if (exponent <= 0) return static_cast<T>(RoundingShiftRight(x, -exponent));
  const int64_t limit = (int64_t{1} << (std::numeric_limits<T>::digits - exponent)) - 1;
  if (x > limit) return std::numeric_limits<T>::max();
  if (x < -limit) return std::numeric_limits<T>::min();
  return static_cast<T>(static_cast<int64_t>(x) * (int64_t{1} << exponent));
}

// exp(a) for a in [-1/4, 0), 0 bits: its Taylor polynomial of degree 4 around -1/8.
int16_t ExpOfSmall(int16_t a) {
  constexpr int16_t kExpMinusEighth = Constant(1895147668);
  constexpr int16_t kThird = Constant(715827883);
  const int16_t x = Wrap(a + (1 << 12));
  const int16_t x2 = Product(x, x);
  const int16_t x3 = Product(x2, x);
  const int16_t x4 = Product(x2, x2);
  const int16_t cubic = Product(Wrap(Shifted(x4, -2) + x3), kThird);
  const int16_t tail = Shifted(Wrap(cubic + x2), -1);
  const int32_t sum = kExpMinusEighth + Product(kExpMinusEighth, Wrap(x + tail));
  return static_cast<int16_t>(std::clamp<int32_t>(sum, std::numeric_limits<int16_t>::min(), kOne));
}

// exp(a) for a <= 0 with `bits` integer bits; the result has none.
int16_t ExpOfNegative(int16_t a, int bits) {
  if (a == 0) return kOne;
  if (bits > 5 && a < -(1 << (20 - bits))) return 0;  // below -32
  const int fraction = 15 - bits;
  const auto quarter = static_cast<int16_t>(1 << (fraction - 2));
  const int16_t small = Wrap((a & (quarter - 1)) - quarter);
  int16_t result = ExpOfSmall(Shifted(small, bits));
  // The rest is a multiple of 1/4: one factor a bit.
  const int16_t rest = Wrap(small - a);
  constexpr int16_t kExps[] = {Constant(1672461947), Constant(1302514674), Constant(790015084), Constant(290630308),
                               Constant(39332535),   Constant(720401),     Constant(242)};
  for (int exponent = -2; exponent < std::min(bits, 5); ++exponent) {
    if ((rest & (1 << (fraction + exponent))) != 0) result = Product(result, kExps[exponent + 2]);
  }
  return result;
}

// 2 / (1 + a) for a in [0, 1], 0 bits, by three steps of Newton and Raphson; the result has 2 bits.
int16_t TwiceInverseOfOnePlus(int16_t a) {
  constexpr int16_t k48Over17 = Constant(1515870810);
  constexpr int16_t kMinus32Over17 = Constant(-1010580540);
  constexpr int16_t kOneOf2Bits = 1 << 13;
  const auto half_denominator = static_cast<int16_t>((static_cast<int32_t>(a) + kOne + 1) / 2);
  int16_t x = Wrap(k48Over17 + Product(half_denominator, kMinus32Over17));
  for (int i = 0; i < 3; ++i) {
    const int16_t error = Wrap(kOneOf2Bits - Product(half_denominator, x));
    x = Wrap(x + Shifted(Product(x, error), 2));
  }
  return x;
}

}  // namespace

int16_t FixedLogistic(int16_t x, int integer_bits) {
  if (x == 0) return 1 << 14;
  const int16_t magnitude = x > 0 ? x : Wrap(-x);
  const int16_t positive = Shifted(TwiceInverseOfOnePlus(ExpOfNegative(Wrap(-magnitude), integer_bits)), 1);
  return x > 0 ? positive : Wrap(kOne - positive);
}

int16_t FixedTanh(int16_t x, int integer_bits) {
  if (x == 0) return 0;
  constexpr int16_t kOneOf2Bits = 1 << 13;
  const int16_t negative = x < 0 ? x : Wrap(-x);
  // The same bits with one more integer bit are twice the number: tanh(x) = (1 - exp(-2x)) / (1 + exp(-2x)).
  const int16_t inverse = TwiceInverseOfOnePlus(ExpOfNegative(negative, integer_bits + 1));
  const int16_t t = Shifted(Wrap(inverse - kOneOf2Bits), 2);
  return x < 0 ? Wrap(-t) : t;
}

FixedScale FixedInverseSqrt(int32_t x) {
  if (x <= 1) return {std::numeric_limits<int32_t>::max(), 0};
  const auto product = [](int32_t a, int32_t b) { return DoublingHighProduct(a, b); };
  int right = 11;
  while (x >= 1 << 29) {
    x /= 4;
    ++right;
  }
  // Into [2^27, 2^29), by an even shift.
  const int pairs = (std::countl_zero(static_cast<uint32_t>(x)) - 1) / 2 - 1;
  right -= pairs;
  x <<= 2 * pairs;
  const int32_t input = x >> 1;  // 3 integer bits
  const int32_t half_input = RoundingShiftRight(input, 1);
  constexpr int32_t kThreeHalves = (1 << 28) + (1 << 27);
  int32_t y = 1 << 28;  // 1
  for (int i = 0; i < 5; ++i) {
    const int32_t cube = Shifted(product(product(y, y), y), 6);
    y = Shifted(static_cast<int32_t>(static_cast<int64_t>(product(kThreeHalves, y)) - product(half_input, cube)), 3);
  }
  constexpr int32_t kHalfSqrt2 = 1518500250;
  FixedScale out{product(y, kHalfSqrt2), -right};
  if (right < 0) {
    out.multiplier = WrappingShiftLeft(out.multiplier, -right);
    out.shift = 0;
  }
  return out;
}

}  // namespace verge::ops
