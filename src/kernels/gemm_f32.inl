// Compiled once per instruction set, after isa/<name>.inl; see gemm_f32.h.
#include "kernels/gemm_f32.h"

namespace verge::kernels {
namespace {

// kRows x kVecs vectors of y in registers over the whole of k. The loops over rows and vectors must be unrolled
// completely: otherwise the accumulators live in memory.
template <int kRows, int kVecs>
[[gnu::noinline]] void GemmRows(const GemmF32Args& g, size_t row) {
  using Reg = F32::Reg;
  constexpr int kLanes = F32::kLanes;
  const float* b = g.b;
  Reg acc[kRows][kVecs];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) acc[i][v] = F32::Load(b + v * kLanes);
  }
  b += kVecs * kLanes;
  const float* const* rows = g.rows + row;
  for (size_t t = 0; t < g.taps; ++t, rows += g.row_stride) {
    const float* a[kRows];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) a[i] = rows[i];
    for (size_t c = 0; c < g.k; ++c) {
      Reg w[kVecs];
#pragma GCC unroll 4
      for (int v = 0; v < kVecs; ++v) w[v] = F32::Load(b + v * kLanes);
      b += kVecs * kLanes;
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const Reg x = F32::Set1(a[i][c]);
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) acc[i][v] = F32::Fma(x, w[v], acc[i][v]);
      }
    }
  }
  const Reg lo = F32::Set1(g.lo);
  const Reg hi = F32::Set1(g.hi);
  float* y = g.y + row * g.y_stride;
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i, y += g.y_stride) {
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) {
      const size_t at = static_cast<size_t>(v * kLanes);
      const Reg out = F32::Min(hi, F32::Max(lo, acc[i][v]));
      if (at + kLanes <= g.n) {
        F32::Store(y + at, out);
      } else if (at < g.n) {
        F32::StoreN(y + at, out, g.n - at);
      }
    }
  }
}

template <int kRows, int kVecs>
void GemmPick(const GemmF32Args& g, size_t row, size_t rows) {
  if constexpr (kRows > 1) {
    if (rows < static_cast<size_t>(kRows)) return GemmPick<kRows - 1, kVecs>(g, row, rows);
  }
  GemmRows<kRows, kVecs>(g, row);
}

// Any number of rows, in even portions of at most what the registers hold.
template <int kVecs>
void Gemm(const GemmF32Args& g) {
  constexpr size_t kMax = static_cast<size_t>(F32::kTileRows[kVecs - 1]);
  size_t portions = (g.m + kMax - 1) / kMax;
  for (size_t row = 0; row < g.m; --portions) {
    const size_t rows = (g.m - row + portions - 1) / portions;
    GemmPick<F32::kTileRows[kVecs - 1], kVecs>(g, row, rows);
    row += rows;
  }
}

}  // namespace

extern const GemmF32Table VERGE_ISA_SYMBOL(gemm_f32);
const GemmF32Table VERGE_ISA_SYMBOL(gemm_f32) = {VERGE_ISA_NAME,
                                                 F32::kLanes,
                                                 F32::kBlockRows,
                                                 {{F32::kGemmNames[0], F32::kTileRows[0], F32::kLanes, Gemm<1>},
                                                  {F32::kGemmNames[1], F32::kTileRows[1], 2 * F32::kLanes, Gemm<2>},
                                                  {F32::kGemmNames[2], F32::kTileRows[2], 3 * F32::kLanes, Gemm<3>}}};

}  // namespace verge::kernels
