// The register tiles of gemm_i8.inl for instructions that multiply one row by a vector of columns.
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

// kRows x kVecs vectors of sums in registers over the whole of k.
template <int kRows, int kVecs>
[[gnu::noinline]] void TileRows(const GemmI8Args& g, size_t row) {
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

}  // namespace
}  // namespace verge::kernels
