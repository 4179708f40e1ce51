// Compiled once per instruction set, after isa/<name>_dots.inl; see gemm_i8.h.
#include "kernels/gemm_i8.h"
#include "kernels/rescale.inl"

namespace verge::kernels {
namespace {

// What Finish makes of the sums of some rows, kept in `sums` [rows][vecs * lanes].
void Finish(const GemmI8Args& g, const int32_t* sums, size_t row, size_t rows, size_t vecs) {
  constexpr size_t kLanes = I32::kLanes;
  const size_t nr = vecs * kLanes;
  const auto* parameters = static_cast<const int32_t*>(g.b);
  for (size_t v = 0; v < vecs && v * kLanes < g.n; ++v) {
    const size_t column = v * kLanes;
    const size_t count = g.n - column < kLanes ? g.n - column : kLanes;
    const I32::Reg starts = I32::Load(parameters + column);
    const auto sum = [&](size_t i) {
      const int32_t term = g.row_terms == nullptr ? 0 : g.row_terms[row + i];
      return I32::Add(I32::Add(I32::Load(sums + i * nr + column), starts), I32::Set1(term));
    };
    if (g.output == GemmI8Output::kSums) {
      auto* y = static_cast<int32_t*>(g.y) + row * g.y_stride + column;
      for (size_t i = 0; i < rows; ++i, y += g.y_stride) {
        alignas(64) int32_t out[kLanes];
        I32::Store(out, sum(i));
        __builtin_memcpy(y, out, count * sizeof(int32_t));
      }
    } else if (g.output == GemmI8Output::kFloat) {
      const F32::Reg step = F32::Load(reinterpret_cast<const float*>(parameters) + nr + column);
      auto* y = static_cast<float*>(g.y) + row * g.y_stride + column;
      for (size_t i = 0; i < rows; ++i, y += g.y_stride) {
        const F32::Reg real = F32::Mul(I32::ToFloat(sum(i)), step);
        const F32::Reg out = F32::Min(F32::Set1(g.real_hi), F32::Max(F32::Set1(g.real_lo), real));
        count == kLanes ? F32::Store(y, out) : F32::StoreN(y, out, count);
      }
    } else {
      const Rescaler rescale(parameters + nr + column, nr, g.halves_away);
      const Narrower narrow(g.y_zero, g.lo, g.hi);
      auto* y = static_cast<char*>(g.y) + row * g.y_stride + column;
      for (size_t i = 0; i < rows; ++i, y += g.y_stride) {
        const I32::Reg out = narrow(rescale(sum(i)));
        count == kLanes ? I32::StoreBytes(y, out) : I32::StoreBytesN(y, out, count);
      }
    }
  }
}

}  // namespace
}  // namespace verge::kernels

// TileRows<kRows, kVecs>: kRows x kVecs vectors of sums over the whole of k, finished.
#ifdef VERGE_DOTS_OF_PAIRS
#include "kernels/gemm_i8_pairs.inl"
#else
#include "kernels/gemm_i8_rows.inl"
#endif

namespace verge::kernels {
namespace {

template <int kRows, int kVecs>
void GemmPick(const GemmI8Args& g, size_t row, size_t rows) {
  if constexpr (kRows > 1) {
    if (rows < static_cast<size_t>(kRows)) return GemmPick<kRows - 1, kVecs>(g, row, rows);
  }
  TileRows<kRows, kVecs>(g, row);
}

// Any number of rows, in even portions of at most what the registers hold.
template <int kVecs>
void Gemm(const GemmI8Args& g) {
  constexpr size_t kMax = static_cast<size_t>(Dots::kTileRows[kVecs - 1]);
  size_t portions = (g.m + kMax - 1) / kMax;
  for (size_t row = 0; row < g.m; --portions) {
    const size_t rows = (g.m - row + portions - 1) / portions;
    GemmPick<Dots::kTileRows[kVecs - 1], kVecs>(g, row, rows);
    row += rows;
  }
}

void ToWords(const void* x, bool is_signed, int32_t zero, size_t n, int16_t* y) {
  if (is_signed) {
    const auto* from = static_cast<const int8_t*>(x);
    for (size_t i = 0; i < n; ++i) y[i] = static_cast<int16_t>(from[i] - zero);
  } else {
    const auto* from = static_cast<const uint8_t*>(x);
    for (size_t i = 0; i < n; ++i) y[i] = static_cast<int16_t>(from[i] - zero);
  }
}

int32_t Sum(const void* x, bool is_signed, size_t n) {
  int32_t sum = 0;
  if (is_signed) {
    for (size_t i = 0; i < n; ++i) sum += static_cast<const int8_t*>(x)[i];
  } else {
    for (size_t i = 0; i < n; ++i) sum += static_cast<const uint8_t*>(x)[i];
  }
  return sum;
}

}  // namespace

extern const GemmI8Table VERGE_ISA_SYMBOL(gemm_i8);
const GemmI8Table VERGE_ISA_SYMBOL(gemm_i8) = {VERGE_ISA_NAME,
                                               Dots::kForm,
                                               I32::kLanes,
                                               Dots::kBlockRows,
                                               {{Dots::kNames[0], Dots::kTileRows[0], I32::kLanes, Gemm<1>},
                                                {Dots::kNames[1], Dots::kTileRows[1], 2 * I32::kLanes, Gemm<2>},
                                                {Dots::kNames[2], Dots::kTileRows[2], 3 * I32::kLanes, Gemm<3>}},
                                               ToWords,
                                               Sum};

}  // namespace verge::kernels
