// The register tiles of gemm_i8.inl for instructions that multiply pairs of rows by pairs of columns, eight bytes of
// each at a time. The panels are the same; two groups of four bytes of a column are brought together as they are read.
namespace verge::kernels {
namespace {

template <int kRows, int kVecs>
struct PairTile {
  static constexpr int kPairs = (kRows + 1) / 2;  // of an odd number of rows the last is taken twice
  static constexpr size_t kGroup = 4, kStep = 8;  // bytes
  static constexpr size_t kGroupBytes = kVecs * I32::kLanes * kGroup;

  I32::Reg sums[kPairs][kVecs][2];

  PairTile() {
#pragma GCC unroll 8
    for (int p = 0; p < kPairs; ++p) {
#pragma GCC unroll 4
      for (int v = 0; v < kVecs; ++v) sums[p][v][0] = sums[p][v][1] = I32::Zero();
    }
  }

  // `b` is one group of all columns; the next one follows it, or counts nothing.
  inline __attribute__((always_inline)) void Add(const char* const* a, size_t at, I32::Reg flip, const char* b,
                                                 bool has_next) {
    I32::Reg lower[kVecs], upper[kVecs];
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) {
      const auto load = [&](size_t group) {
        return I32::Load(reinterpret_cast<const int32_t*>(b + group * kGroupBytes) + v * I32::kLanes);
      };
      const I32::Reg next = has_next ? load(1) : I32::Zero();
      lower[v] = Dots::LowerColumns(load(0), next);
      upper[v] = Dots::UpperColumns(load(0), next);
    }
#pragma GCC unroll 8
    for (int p = 0; p < kPairs; ++p) {
      const I32::Reg rows = I32::Xor(Dots::LoadPair(a[2 * p] + at, a[2 * p + 1] + at), flip);
#pragma GCC unroll 4
      for (int v = 0; v < kVecs; ++v) {
        sums[p][v][0] = Dots::Multiply(sums[p][v][0], rows, lower[v]);
        sums[p][v][1] = Dots::Multiply(sums[p][v][1], rows, upper[v]);
      }
    }
  }

  void Store(int32_t* to) const {
#pragma GCC unroll 8
    for (int p = 0; p < kPairs; ++p) {
#pragma GCC unroll 4
      for (int v = 0; v < kVecs; ++v) {
        int32_t* const first = to + (2 * p * kVecs + v) * I32::kLanes;
        I32::Store(first, Dots::FirstRow(sums[p][v][0], sums[p][v][1]));
        if (2 * p + 1 < kRows) {
          I32::Store(first + kVecs * I32::kLanes, Dots::SecondRow(sums[p][v][0], sums[p][v][1]));
        }
      }
    }
  }
};

// The last bytes of a position, up to seven, with zeros behind.
template <int kCount>
struct PairEnds {
  char bytes[kCount][8] = {};
  const char* rows[kCount];

  PairEnds(const char* const* a, size_t at, size_t left) {
    for (int i = 0; i < kCount; ++i) {
      for (size_t byte = 0; byte < left; ++byte) bytes[i][byte] = a[i][at + byte];
      rows[i] = bytes[i];
    }
  }
};

// kRows x kVecs vectors of sums over the whole of k.
template <int kRows, int kVecs>
[[gnu::noinline]] void TileRows(const GemmI8Args& g, size_t row) {
  using Tile = PairTile<kRows, kVecs>;
  constexpr int kCount = 2 * Tile::kPairs;
  const auto* b = static_cast<const char*>(g.b) + kGemmI8Parameters * kVecs * I32::kLanes * sizeof(int32_t);
  const I32::Reg flip = I32::Set1(g.is_signed ? 0 : static_cast<int32_t>(0x80808080U));
  Tile tile;
  const void* const* rows = g.rows + row;
  for (size_t t = 0; t < g.taps; ++t, rows += g.row_stride) {
    const char* a[kCount];
    for (int i = 0; i < kCount; ++i) a[i] = static_cast<const char*>(rows[i < kRows ? i : kRows - 1]);
    size_t at = 0;
    for (; at + Tile::kStep <= g.k; at += Tile::kStep, b += 2 * Tile::kGroupBytes) tile.Add(a, at, flip, b, true);
    const size_t left = g.k % Tile::kStep;
    if (left == 0) continue;
    const PairEnds<kCount> ends(a, at, left);
    const bool has_next = left > Tile::kGroup;
    tile.Add(ends.rows, 0, flip, b, has_next);
    b += (has_next ? 2 : 1) * Tile::kGroupBytes;
  }
  alignas(64) int32_t sums[kRows * kVecs * I32::kLanes];
  tile.Store(sums);
  Finish(g, sums, row, kRows, kVecs);
}

}  // namespace
}  // namespace verge::kernels
