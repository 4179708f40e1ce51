// Compiled once per instruction set, after isa/<name>_dots.inl; see gemm_i8.h.
#include "kernels/gemm_i8.h"
#include "kernels/rescale.inl"

namespace verge::kernels {
namespace {

constexpr size_t kGroupBytes = 4;  // of a, that one step takes
constexpr bool kIsBytes = Dots::kForm != GemmI8Form::kWords;
constexpr bool kTakesUnsigned = Dots::kForm == GemmI8Form::kBytes;

// Sums of a few rows and columns wait for their own additions: several of each are kept and added in the end.
constexpr int ChainsFor(int sums) { return sums >= 8 ? 1 : (sums >= 4 ? 2 : 4); }

// The last bytes of a position, fewer than a group.
inline int32_t LastGroup(const char* a, size_t count) {
  uint32_t group = static_cast<uint8_t>(a[0]);
  if (count > 1) group |= static_cast<uint32_t>(static_cast<uint8_t>(a[1])) << 8;
  if (count > 2) group |= static_cast<uint32_t>(static_cast<uint8_t>(a[2])) << 16;
  return static_cast<int32_t>(group);
}

// One group of every row times one group of every column.
template <int kRows, int kVecs>
inline __attribute__((always_inline)) void Step(const char* const* a, size_t at, I32::Reg flip, const char* b,
                                                I32::Reg (&acc)[kRows][kVecs]) {
  I32::Reg w[kVecs];
#pragma GCC unroll 4
  for (int v = 0; v < kVecs; ++v) w[v] = I32::Load(reinterpret_cast<const int32_t*>(b) + v * I32::kLanes);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    I32::Reg x = I32::Broadcast(a[i] + at);
    if constexpr (kIsBytes) x = I32::Xor(x, flip);
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) acc[i][v] = Dots::Dot(acc[i][v], x, w[v]);
  }
}

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

// kRows x kVecs vectors of sums in registers over the whole of k.
template <int kRows, int kVecs>
[[gnu::noinline]] void GemmRows(const GemmI8Args& g, size_t row) {
  constexpr int kLanes = I32::kLanes;
  constexpr int kChains = ChainsFor(kRows * kVecs);
  constexpr size_t kStepBytes = kVecs * kLanes * kGroupBytes;
  const auto* b = static_cast<const char*>(g.b) + kGemmI8Parameters * kVecs * kLanes * sizeof(int32_t);
  const I32::Reg flip = I32::Set1(g.is_signed == kTakesUnsigned ? static_cast<int32_t>(0x80808080U) : 0);
  const size_t bytes = kIsBytes ? g.k : (g.k + 1) / 2 * kGroupBytes;
  const size_t last = bytes % kGroupBytes;
  I32::Reg acc[kChains][kRows][kVecs];
#pragma GCC unroll 4
  for (int c = 0; c < kChains; ++c) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int v = 0; v < kVecs; ++v) acc[c][i][v] = I32::Zero();
    }
  }
  const void* const* rows = g.rows + row;
  for (size_t t = 0; t < g.taps; ++t, rows += g.row_stride) {
    const char* a[kRows];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) a[i] = static_cast<const char*>(rows[i]);
    size_t at = 0;
    for (; at + kChains * kGroupBytes <= bytes; at += kChains * kGroupBytes) {
#pragma GCC unroll 4
      for (int c = 0; c < kChains; ++c) {
        Step<kRows, kVecs>(a, at + static_cast<size_t>(c) * kGroupBytes, flip, b, acc[c]);
        b += kStepBytes;
      }
    }
    if constexpr (kChains > 1) {
      for (; at + kGroupBytes <= bytes; at += kGroupBytes, b += kStepBytes) Step<kRows, kVecs>(a, at, flip, b, acc[0]);
    }
    if (kIsBytes && last > 0) {
      int32_t groups[kRows];
      const char* ends[kRows];
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        groups[i] = LastGroup(a[i] + at, last);
        ends[i] = reinterpret_cast<const char*>(groups + i);
      }
      Step<kRows, kVecs>(ends, 0, flip, b, acc[0]);
      b += kStepBytes;
    }
  }
  alignas(64) int32_t sums[kRows * kVecs * kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) {
      I32::Reg sum = acc[0][i][v];
#pragma GCC unroll 4
      for (int c = 1; c < kChains; ++c) sum = I32::Add(sum, acc[c][i][v]);
      I32::Store(sums + (i * kVecs + v) * kLanes, sum);
    }
  }
  Finish(g, sums, row, kRows, kVecs);
}

template <int kRows, int kVecs>
void GemmPick(const GemmI8Args& g, size_t row, size_t rows) {
  if constexpr (kRows > 1) {
    if (rows < static_cast<size_t>(kRows)) return GemmPick<kRows - 1, kVecs>(g, row, rows);
  }
  GemmRows<kRows, kVecs>(g, row);
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
