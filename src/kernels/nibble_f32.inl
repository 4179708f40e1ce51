// Compiled once per instruction set, after isa/<name>.inl; see nibble_f32.h.
#include "kernels/nibble_f32.h"

namespace verge::kernels {
namespace {

using Reg = F32::Reg;
constexpr size_t kLanes = F32::kLanes;
constexpr int kVecs = 2;

template <int kRows>
struct Sums {
  Reg at[kRows][kVecs];
  Sums() {
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int v = 0; v < kVecs; ++v) at[i][v] = F32::Zero();
    }
  }
  inline __attribute__((always_inline)) void Add(int v, const float* const* x, size_t c, Reg w) {
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) at[i][v] = F32::Fma(F32::Set1(x[i][c]), w, at[i][v]);
  }
};

// The inputs [begin, end) of one block; gives the bytes behind its weights.
template <int kRows>
inline __attribute__((always_inline)) const uint8_t* AddBlock(const float* const* x, size_t begin, size_t end,
                                                              const uint8_t* q, Sums<kRows>& even, Sums<kRows>& odd) {
  const F32::Nibbles nibbles;
  size_t c = begin;
  for (; c + 2 <= end; c += 2, q += kVecs * kLanes) {
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) {
      Reg low, high;
      nibbles.Load(q + static_cast<size_t>(v) * kLanes, low, high);
      even.Add(v, x, c, low);
      odd.Add(v, x, c + 1, high);
    }
  }
  if (c < end) {
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) {
      Reg low, high;
      nibbles.Load(q + static_cast<size_t>(v) * kLanes, low, high);
      even.Add(v, x, c, low);
    }
    q += kVecs * kLanes;
  }
  return q;
}

template <int kRows>
void RunRows(const NibbleF32Args& a) {
  const float* x[kRows];
  for (int i = 0; i < kRows; ++i) x[i] = a.x + static_cast<size_t>(i) * a.x_stride;
  const auto* p = static_cast<const float*>(a.panel);
  Reg acc[kRows][kVecs];
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < kVecs; ++v) acc[i][v] = F32::Load(p + static_cast<size_t>(v) * kLanes);
  }
  p += kVecs * kLanes;
  for (size_t begin = 0, b = 0; begin < a.k; begin += a.block, ++b) {
    const size_t end = begin + a.block < a.k ? begin + a.block : a.k;
    const float* const scales = p;
    const float* const offsets = a.sums != nullptr ? p + kVecs * kLanes : nullptr;
    p += (offsets != nullptr ? 2 : 1) * kVecs * kLanes;
    Sums<kRows> even, odd;
    const uint8_t* const next = AddBlock<kRows>(x, begin, end, reinterpret_cast<const uint8_t*>(p), even, odd);
    p = reinterpret_cast<const float*>(next);
    for (int v = 0; v < kVecs; ++v) {
      const size_t column = static_cast<size_t>(v) * kLanes;
      const Reg scale = F32::Load(scales + column);
      for (int i = 0; i < kRows; ++i) {
        acc[i][v] = F32::Fma(F32::Add(even.at[i][v], odd.at[i][v]), scale, acc[i][v]);
        if (offsets == nullptr) continue;
        const Reg sum = F32::Set1(a.sums[static_cast<size_t>(i) * a.sums_stride + b]);
        acc[i][v] = F32::Fma(sum, F32::Load(offsets + column), acc[i][v]);
      }
    }
  }
  const Reg lo = F32::Set1(a.lo), hi = F32::Set1(a.hi);
  for (int i = 0; i < kRows; ++i) {
    float* const y = a.y + static_cast<size_t>(i) * a.y_stride;
    for (int v = 0; v < kVecs; ++v) {
      const size_t column = static_cast<size_t>(v) * kLanes;
      if (column >= a.n) break;
      const Reg out = F32::Min(hi, F32::Max(lo, acc[i][v]));
      a.n - column >= kLanes ? F32::Store(y + column, out) : F32::StoreN(y + column, out, a.n - column);
    }
  }
}

void Run(const NibbleF32Args& a) {
  switch (a.m) {
    case 1: return RunRows<1>(a);
    case 2: return RunRows<2>(a);
    case 3: return RunRows<3>(a);
    default: return RunRows<4>(a);
  }
}

}  // namespace

extern const NibbleF32Table VERGE_ISA_SYMBOL(nibble_f32);
const NibbleF32Table VERGE_ISA_SYMBOL(nibble_f32) = {VERGE_ISA_NAME, F32::kNibbleName, F32::kLanes, Run};

}  // namespace verge::kernels
