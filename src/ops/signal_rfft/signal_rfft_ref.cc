#include <cmath>
#include <cstring>
#include <numbers>

#include "ops/kernel.h"
#include "ops/signal_rfft/signal_rfft.h"

namespace verge::ops {
namespace {

struct Complex {
  int16_t re = 0;
  int16_t im = 0;
};

constexpr int32_t kOne = 32767;

int16_t Round(int32_t product) { return static_cast<int16_t>((product + (1 << 14)) >> 15); }
int16_t Cut(int32_t sum) { return static_cast<int16_t>(sum); }  // sums wrap

Complex Add(Complex a, Complex b) { return {Cut(a.re + b.re), Cut(a.im + b.im)}; }
Complex Sub(Complex a, Complex b) { return {Cut(a.re - b.re), Cut(a.im - b.im)}; }
Complex Mul(Complex a, Complex b) { return {Round(a.re * b.re - a.im * b.im), Round(a.re * b.im + a.im * b.re)}; }
Complex Divide(Complex a, int32_t by) { return {Round(a.re * (kOne / by)), Round(a.im * (kOne / by))}; }

// exp(i phase)
Complex Unit(double phase) {
  return {static_cast<int16_t>(std::floor(0.5 + kOne * std::cos(phase))),
          static_cast<int16_t>(std::floor(0.5 + kOne * std::sin(phase)))};
}

// exp(-2 pi i k / n)
Complex Twiddle(size_t k, size_t n) {
  return Unit(-2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
}

void Radix2(Complex* x, size_t m, size_t n) {
  for (size_t k = 0; k < m; ++k) {
    const Complex a = Divide(x[k], 2);
    const Complex b = Mul(Divide(x[k + m], 2), Twiddle(k, n));
    x[k + m] = Sub(a, b);
    x[k] = Add(a, b);
  }
}

void Radix4(Complex* x, size_t m, size_t n) {
  for (size_t k = 0; k < m; ++k) {
    const Complex a = Divide(x[k], 4);
    const Complex b = Mul(Divide(x[k + m], 4), Twiddle(k, n));
    const Complex c = Mul(Divide(x[k + 2 * m], 4), Twiddle(2 * k, n));
    const Complex d = Mul(Divide(x[k + 3 * m], 4), Twiddle(3 * k, n));
    const Complex difference = Sub(a, c);
    const Complex sum = Add(a, c);
    const Complex odd_sum = Add(b, d);
    const Complex odd_difference = Sub(b, d);
    x[k] = Add(sum, odd_sum);
    x[k + 2 * m] = Sub(sum, odd_sum);
    x[k + m] = {Cut(difference.re + odd_difference.im), Cut(difference.im - odd_difference.re)};
    x[k + 3 * m] = {Cut(difference.re - odd_difference.im), Cut(difference.im + odd_difference.re)};
  }
}

// Transforms the n elements x[0], x[step], ... into `y`.
void Transform(const Complex* x, size_t step, size_t n, Complex* y) {
  if (n == 1) {
    *y = *x;
    return;
  }
  const size_t radix = n % 4 == 0 ? 4 : 2;
  const size_t m = n / radix;
  for (size_t r = 0; r < radix; ++r) Transform(x + r * step, step * radix, m, y + r * m);
  if (radix == 4) {
    Radix4(y, m, n);
  } else {
    Radix2(y, m, n);
  }
}

// The spectrum of 2 n real samples from that of n pairs.
void Separate(const Complex* z, size_t n, Complex* y) {
  const Complex ends = Divide(z[0], 2);
  y[0] = {Cut(ends.re + ends.im), 0};
  y[n] = {Cut(ends.re - ends.im), 0};
  for (size_t k = 1; k <= n / 2; ++k) {
    const Complex a = Divide(z[k], 2);
    const Complex b = Divide({z[n - k].re, Cut(-z[n - k].im)}, 2);
    const Complex even = Add(a, b);
    const double turn = static_cast<double>(k) / static_cast<double>(n) + 0.5;
    const Complex odd = Mul(Sub(a, b), Unit(-std::numbers::pi * turn));
    y[k] = {Cut((even.re + odd.re) >> 1), Cut((even.im + odd.im) >> 1)};
    y[n - k] = {Cut((even.re - odd.re) >> 1), Cut((odd.im - even.im) >> 1)};
  }
}

bool Supports(const PrepareArgs& /*args*/) { return true; }

// The padded samples, and their transform as pairs.
Result<KernelNeeds> Needs(const PrepareArgs& args) {
  const auto length = static_cast<size_t>(args.attrs.As<SignalRfftAttrs>().length);
  return KernelNeeds{.scratch_bytes = 2 * length * sizeof(int16_t)};
}

void Run(const RunArgs& args) {
  const auto length = static_cast<size_t>(args.attrs.As<SignalRfftAttrs>().length);
  const Shape& shape = args.inputs[0].shape();
  const auto size = static_cast<size_t>(shape[shape.rank() - 1]);
  auto* samples = reinterpret_cast<Complex*>(args.scratch);
  Complex* pairs = samples + length / 2;
  const size_t rows = shape.elems() / size;
  for (size_t row = 0; row < rows; ++row) {
    std::memset(args.scratch, 0, length * sizeof(int16_t));
    std::memcpy(args.scratch, args.inputs[0].as<const int16_t>() + row * size, size * sizeof(int16_t));
    Transform(samples, 1, length / 2, pairs);
    Separate(pairs, length / 2, reinterpret_cast<Complex*>(args.outputs[0].as<int16_t>() + row * (length + 2)));
  }
}

}  // namespace

extern const Kernel kSignalRfftRef = {"signal_rfft_i16__ref", Supports, Needs, nullptr, Run};

}  // namespace verge::ops
