// Compiled once per instruction set, after isa/<name>.inl; see winograd_f32.h.
#include "kernels/winograd_f32.h"

namespace verge::kernels {
namespace {

using Reg = F32::Reg;
constexpr size_t kLanes = F32::kLanes;

constexpr float kA = 0.70710678F, kB = 1.41421356F;  // sqrt(1/2), sqrt(2)

// B^T d
inline void In(const Reg (&d)[kWinogradIn], Reg (&o)[kWinogradIn]) {
  const Reg two_and_a_half = F32::Set1(-2.5F), minus_two = F32::Set1(-2.0F), minus_half = F32::Set1(-0.5F);
  const Reg even_a = F32::Fma(minus_two, d[2], d[4]), odd_a = F32::Fma(minus_two, d[1], d[3]);
  const Reg even_b = F32::Fma(minus_half, d[2], d[4]), odd_b = F32::Fma(minus_half, d[1], d[3]);
  o[0] = F32::Fma(two_and_a_half, d[2], F32::Add(d[0], d[4]));
  o[1] = F32::Fma(F32::Set1(kA), odd_a, even_a);
  o[2] = F32::Fma(F32::Set1(-kA), odd_a, even_a);
  o[3] = F32::Fma(F32::Set1(kB), odd_b, even_b);
  o[4] = F32::Fma(F32::Set1(-kB), odd_b, even_b);
  o[5] = F32::Fma(two_and_a_half, d[3], F32::Add(d[1], d[5]));
}

// A^T m
inline void Out(const Reg (&m)[kWinogradIn], Reg (&o)[kWinogradOut]) {
  const Reg sum_a = F32::Add(m[1], m[2]), difference_a = F32::Sub(m[1], m[2]);
  const Reg sum_b = F32::Add(m[3], m[4]), difference_b = F32::Sub(m[3], m[4]);
  o[0] = F32::Add(F32::Add(m[0], sum_a), sum_b);
  o[1] = F32::Fma(F32::Set1(kB), difference_b, F32::Mul(F32::Set1(kA), difference_a));
  o[2] = F32::Fma(F32::Set1(2.0F), sum_b, F32::Mul(F32::Set1(0.5F), sum_a));
  o[3] = F32::Fma(F32::Set1(2.0F * kB), difference_b, F32::Fma(F32::Set1(0.5F * kA), difference_a, m[5]));
}

struct Whole {
  static Reg Load(const float* p, size_t /*n*/) { return F32::Load(p); }
  static void Store(float* p, Reg v, size_t /*n*/) { F32::Store(p, v); }
};
struct Part {
  static Reg Load(const float* p, size_t n) { return F32::LoadN(p, n); }
  static void Store(float* p, Reg v, size_t n) { F32::StoreN(p, v, n); }
};

template <typename Width>
void InputLanes(const float* const* pixels, size_t c, size_t n, float* planes, size_t plane_step) {
  Reg columns[kWinogradIn][kWinogradIn];  // [row][column] of B^T d
  for (size_t j = 0; j < kWinogradIn; ++j) {
    Reg d[kWinogradIn], o[kWinogradIn];
#pragma GCC unroll 6
    for (size_t i = 0; i < kWinogradIn; ++i) d[i] = Width::Load(pixels[i * kWinogradIn + j] + c, n);
    In(d, o);
#pragma GCC unroll 6
    for (size_t i = 0; i < kWinogradIn; ++i) columns[i][j] = o[i];
  }
  float* to = planes + c;
  for (size_t i = 0; i < kWinogradIn; ++i) {
    Reg o[kWinogradIn];
    In(columns[i], o);
#pragma GCC unroll 6
    for (size_t j = 0; j < kWinogradIn; ++j, to += plane_step) Width::Store(to, o[j], n);
  }
}

void Input(const float* const pixels[kWinogradPlanes], size_t channels, float* planes, size_t plane_step) {
  size_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) InputLanes<Whole>(pixels, c, kLanes, planes, plane_step);
  if (c < channels) InputLanes<Part>(pixels, c, channels - c, planes, plane_step);
}

template <typename Width>
void OutputLanes(const WinogradOutput& g, size_t c, size_t n) {
  Reg columns[kWinogradOut][kWinogradIn];  // A^T m
  for (size_t j = 0; j < kWinogradIn; ++j) {
    Reg m[kWinogradIn], o[kWinogradOut];
#pragma GCC unroll 6
    for (size_t i = 0; i < kWinogradIn; ++i) m[i] = Width::Load(g.planes + (i * kWinogradIn + j) * g.plane_step + c, n);
    Out(m, o);
#pragma GCC unroll 4
    for (size_t i = 0; i < kWinogradOut; ++i) columns[i][j] = o[i];
  }
  const Reg bias = Width::Load(g.bias + c, n), lo = F32::Set1(g.lo), hi = F32::Set1(g.hi);
  for (size_t i = 0; i < g.rows; ++i) {
    Reg o[kWinogradOut];
    Out(columns[i], o);
    float* to = g.y + i * g.row_step + c;
    for (size_t j = 0; j < g.columns; ++j, to += g.column_step) {
      Width::Store(to, F32::Min(hi, F32::Max(lo, F32::Add(o[j], bias))), n);
    }
  }
}

void Output(const WinogradOutput& g) {
  size_t c = 0;
  for (; c + kLanes <= g.channels; c += kLanes) OutputLanes<Whole>(g, c, kLanes);
  if (c < g.channels) OutputLanes<Part>(g, c, g.channels - c);
}

}  // namespace

extern const WinogradF32Table VERGE_ISA_SYMBOL(winograd_f32);
const WinogradF32Table VERGE_ISA_SYMBOL(winograd_f32) = {VERGE_ISA_NAME, Input, Output};

}  // namespace verge::kernels
