// Fast Fourier transform of any length whose prime factors are 2, 3 and 5: Stockham's form, which sorts as it goes.
//
//   y_k = sum_n x_n exp(-2 pi i k n / N)
//
// The inverse, but for its factor 1 / N, is the same with real and imaginary parts exchanged on both sides.
//
// Source    C. Van Loan, "Computational Frameworks for the Fast Fourier Transform", SIAM 1992, section 1.7
// Precision factors of the unit circle are computed in f64 and rounded once; sums in T
// Threads   pure functions
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace verge::ops {

inline bool IsFftLength(size_t n) {
  if (n == 0) return false;
  for (const size_t factor : {2U, 3U, 5U}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

// exp(-2 pi i k / n), k < n: real parts, then imaginary parts.
template <typename T>
void FillUnitCircle(size_t n, T* table) {
  for (size_t k = 0; k < n; ++k) {
    const double angle = -2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
    table[k] = static_cast<T>(std::cos(angle));
    table[n + k] = static_cast<T>(std::sin(angle));
  }
}

// Real and imaginary parts of n numbers.
template <typename T>
struct Complexes {
  T* re;
  T* im;
};

namespace fft_internal {

template <typename T>
struct Number {
  T re, im;
  friend Number operator+(Number a, Number b) { return {a.re + b.re, a.im + b.im}; }
  friend Number operator-(Number a, Number b) { return {a.re - b.re, a.im - b.im}; }
  friend Number operator*(Number a, Number b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
  friend Number operator*(T a, Number b) { return {a * b.re, a * b.im}; }
};
// -i a
template <typename T>
Number<T> TurnBack(Number<T> a) {
  return {a.im, -a.re};
}

// The transform of kRadix numbers in place.
template <size_t kRadix, typename T>
void Small(Number<T> (&a)[kRadix]) {
  using N = Number<T>;
  if constexpr (kRadix == 2) {
    const N sum = a[0] + a[1];
    a[1] = a[0] - a[1];
    a[0] = sum;
  } else if constexpr (kRadix == 3) {
    const T half = T(0.5), sine = static_cast<T>(0.86602540378443864676);
    const N sum = a[1] + a[2], turned = TurnBack(sine * (a[1] - a[2]));
    const N middle = a[0] - half * sum;
    a[0] = a[0] + sum;
    a[1] = middle + turned;
    a[2] = middle - turned;
  } else if constexpr (kRadix == 4) {
    const N even = a[0] + a[2], odd = a[1] + a[3], even_rest = a[0] - a[2], odd_rest = TurnBack(a[1] - a[3]);
    a[0] = even + odd;
    a[1] = even_rest + odd_rest;
    a[2] = even - odd;
    a[3] = even_rest - odd_rest;
  } else {
    const T cos1 = static_cast<T>(0.30901699437494742410), cos2 = static_cast<T>(-0.80901699437494742410);
    const T sin1 = static_cast<T>(0.95105651629515357212), sin2 = static_cast<T>(0.58778525229247312917);
    const N sum1 = a[1] + a[4], sum2 = a[2] + a[3], rest1 = a[1] - a[4], rest2 = a[2] - a[3];
    const N near = a[0] + cos1 * sum1 + cos2 * sum2, far = a[0] + cos2 * sum1 + cos1 * sum2;
    const N near_turned = TurnBack(sin1 * rest1 + sin2 * rest2), far_turned = TurnBack(sin2 * rest1 - sin1 * rest2);
    a[0] = a[0] + sum1 + sum2;
    a[1] = near + near_turned;
    a[2] = far + far_turned;
    a[3] = far - far_turned;
    a[4] = near - near_turned;
  }
}

// One pass: transforms of length n, `stride` of them side by side, become kRadix times as many of length n / kRadix.
template <size_t kRadix, typename T>
void Pass(size_t n, size_t stride, const T* circle, Complexes<const T> x, Complexes<T> y) {
  const size_t total = n * stride, part = n / kRadix;
  for (size_t p = 0; p < part; ++p) {
    Number<T> turns[kRadix];
    for (size_t j = 0; j < kRadix; ++j) turns[j] = {circle[p * j * stride], circle[total + p * j * stride]};
    const size_t from = p * stride, to = p * kRadix * stride;
    for (size_t q = 0; q < stride; ++q) {
      Number<T> a[kRadix];
      for (size_t j = 0; j < kRadix; ++j) {
        const size_t at = from + j * part * stride + q;
        a[j] = {x.re[at], x.im[at]};
      }
      Small<kRadix>(a);
      for (size_t j = 0; j < kRadix; ++j) {
        const Number<T> turned = turns[j] * a[j];
        y.re[to + j * stride + q] = turned.re;
        y.im[to + j * stride + q] = turned.im;
      }
    }
  }
}

}  // namespace fft_internal

// Transforms x of n numbers; `circle` is FillUnitCircle's. x and `other`, of the same size, are both overwritten; which
// of them holds the result is returned.
template <typename T>
Complexes<T> Fft(size_t n, const T* circle, Complexes<T> x, Complexes<T> other) {
  using fft_internal::Pass;
  size_t stride = 1;
  for (size_t left = n; left > 1;) {
    const Complexes<const T> from{x.re, x.im};
    const size_t radix = left % 4 == 0 ? 4 : (left % 2 == 0 ? 2 : (left % 3 == 0 ? 3 : 5));
    switch (radix) {
      case 4: Pass<4>(left, stride, circle, from, other); break;
      case 2: Pass<2>(left, stride, circle, from, other); break;
      case 3: Pass<3>(left, stride, circle, from, other); break;
      default: Pass<5>(left, stride, circle, from, other); break;
    }
    std::swap(x, other);
    left /= radix;
    stride *= radix;
  }
  return x;
}

}  // namespace verge::ops
