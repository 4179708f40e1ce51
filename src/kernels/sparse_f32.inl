// Compiled once per instruction set, after isa/<name>.inl; see sparse_f32.h.
#include "kernels/sparse_f32.h"

namespace verge::kernels {
namespace {

using Reg = F32::Reg;
constexpr size_t kLanes = F32::kLanes;
constexpr size_t kVecs = 4;
constexpr size_t kStrip = kVecs * kLanes;

// Up to kLanes rows of `from`, zero beyond.
inline void LoadTile(const float* from, size_t stride, size_t rows, size_t columns, Reg* r) {
#pragma GCC unroll 16
  for (size_t i = 0; i < kLanes; ++i) {
    if (i >= rows) {
      r[i] = F32::Zero();
    } else {
      r[i] = columns >= kLanes ? F32::Load(from + i * stride) : F32::LoadN(from + i * stride, columns);
    }
  }
}

inline void StoreTile(const Reg* r, size_t rows, size_t columns, float* to, size_t stride) {
#pragma GCC unroll 16
  for (size_t i = 0; i < kLanes; ++i) {
    if (i >= rows) continue;
    if (columns >= kLanes) {
      F32::Store(to + i * stride, r[i]);
    } else {
      F32::StoreN(to + i * stride, r[i], columns);
    }
  }
}

inline void TurnTile(const SparseF32TurnArgs& t, size_t i, size_t c, size_t rows, size_t columns) {
  Reg r[kLanes];
  LoadTile(t.x + i * t.x_stride + c, t.x_stride, rows, columns, r);
  F32::Transpose(r);
  StoreTile(r, columns, kLanes, t.out + c * kStrip + i, kStrip);
}

void Turn(const SparseF32TurnArgs& t) {
  for (size_t i = 0; i < t.rows; i += kLanes) {
    const size_t rows = t.rows - i < kLanes ? t.rows - i : kLanes;
    size_t c = 0;
    if (rows == kLanes) {
      for (; c + kLanes <= t.k; c += kLanes) TurnTile(t, i, c, kLanes, kLanes);
    }
    for (; c < t.k; c += kLanes) TurnTile(t, i, c, rows, t.k - c < kLanes ? t.k - c : kLanes);
  }
}

inline void FinishTile(const SparseF32FinishArgs& f, size_t i, size_t o, size_t rows, size_t outputs) {
  Reg r[kLanes];
  LoadTile(f.sums + o * kStrip + i, kStrip, outputs, kLanes, r);
  const Reg lo = F32::Set1(f.lo);
  const Reg hi = F32::Set1(f.hi);
#pragma GCC unroll 16
  for (size_t j = 0; j < kLanes; ++j) r[j] = F32::Min(hi, F32::Max(lo, r[j]));
  F32::Transpose(r);
  StoreTile(r, rows, outputs, f.y + i * f.y_stride + o, f.y_stride);
}

void Finish(const SparseF32FinishArgs& f) {
  for (size_t i = 0; i < f.rows; i += kLanes) {
    const size_t rows = f.rows - i < kLanes ? f.rows - i : kLanes;
    size_t o = 0;
    if (rows == kLanes) {
      for (; o + kLanes <= f.n; o += kLanes) FinishTile(f, i, o, kLanes, kLanes);
    }
    for (; o < f.n; o += kLanes) FinishTile(f, i, o, rows, f.n - o < kLanes ? f.n - o : kLanes);
  }
}

template <size_t kUsed>
inline void BeginSums(const SparseF32SumArgs& s, size_t o, Reg* acc) {
#pragma GCC unroll 4
  for (size_t v = 0; v < kUsed; ++v) {
    acc[v] = s.bias == nullptr ? F32::Load(s.sums + o * kStrip + v * kLanes) : F32::Set1(s.bias[o]);
  }
}

template <size_t kUsed>
inline void AddEntry(const float* x, const SparseF32Entry& e, Reg* acc) {
  const Reg w = F32::Set1(e.weight);
  const float* from = x + e.offset;
#pragma GCC unroll 4
  for (size_t v = 0; v < kUsed; ++v) acc[v] = F32::Fma(F32::Load(from + v * kLanes), w, acc[v]);
}

template <size_t kUsed>
inline void EndSums(const SparseF32SumArgs& s, size_t o, const Reg* acc) {
#pragma GCC unroll 4
  for (size_t v = 0; v < kUsed; ++v) F32::Store(s.sums + o * kStrip + v * kLanes, acc[v]);
}

// Two outputs at a time: one alone has too few sums to keep the multipliers busy.
template <size_t kUsed>
void SumVectors(const SparseF32SumArgs& s) {
  size_t o = 0;
  for (; o + 2 <= s.n; o += 2) {
    Reg a[kUsed], b[kUsed];
    BeginSums<kUsed>(s, o, a);
    BeginSums<kUsed>(s, o + 1, b);
    const SparseF32Entry* p = s.entries + s.starts[o];
    const SparseF32Entry* q = s.entries + s.starts[o + 1];
    const SparseF32Entry* const p_end = q;
    const SparseF32Entry* const q_end = s.entries + s.starts[o + 2];
    for (; p < p_end && q < q_end; ++p, ++q) {
      AddEntry<kUsed>(s.x, *p, a);
      AddEntry<kUsed>(s.x, *q, b);
    }
    for (; p < p_end; ++p) AddEntry<kUsed>(s.x, *p, a);
    for (; q < q_end; ++q) AddEntry<kUsed>(s.x, *q, b);
    EndSums<kUsed>(s, o, a);
    EndSums<kUsed>(s, o + 1, b);
  }
  if (o < s.n) {
    Reg a[kUsed];
    BeginSums<kUsed>(s, o, a);
    for (uint32_t e = s.starts[o]; e < s.starts[o + 1]; ++e) AddEntry<kUsed>(s.x, s.entries[e], a);
    EndSums<kUsed>(s, o, a);
  }
}

void Sum(const SparseF32SumArgs& s) {
  switch ((s.rows + kLanes - 1) / kLanes) {
    case 1: return SumVectors<1>(s);
    case 2: return SumVectors<2>(s);
    case 3: return SumVectors<3>(s);
    default: return SumVectors<4>(s);
  }
}

void RunRow(const SparseF32RowArgs& r) {
  Reg acc[kSparseF32RowVectors];
#pragma GCC unroll 4
  for (size_t v = 0; v < kSparseF32RowVectors; ++v) acc[v] = F32::Load(r.bias + v * kLanes);
  const float* w = r.weights;
  const uint8_t* index = r.indices;
  const uint8_t* steps = r.steps;
  for (size_t g = 0; g < r.groups; ++g, steps += kSparseF32RowVectors) {
    const F32::Picked x = F32::LoadPicked(r.x + g * F32::kPick);
#pragma GCC unroll 4
    for (size_t v = 0; v < kSparseF32RowVectors; ++v) {
      for (uint8_t s = steps[v]; s > 0; --s, w += kLanes, index += kLanes) {
        acc[v] = F32::Fma(F32::Pick(x, index), F32::Load(w), acc[v]);
      }
    }
  }
  const Reg lo = F32::Set1(r.lo);
  const Reg hi = F32::Set1(r.hi);
#pragma GCC unroll 4
  for (size_t v = 0; v < kSparseF32RowVectors; ++v) {
    const size_t at = v * kLanes;
    const Reg out = F32::Min(hi, F32::Max(lo, acc[v]));
    if (at + kLanes <= r.n) {
      F32::Store(r.y + at, out);
    } else if (at < r.n) {
      F32::StoreN(r.y + at, out, r.n - at);
    }
  }
}

}  // namespace

extern const SparseF32Table VERGE_ISA_SYMBOL(sparse_f32);
const SparseF32Table VERGE_ISA_SYMBOL(sparse_f32) = {
    VERGE_ISA_NAME, F32::kSparseName, kLanes, kStrip, F32::kPick, Turn, Sum, Finish, RunRow};

}  // namespace verge::kernels
