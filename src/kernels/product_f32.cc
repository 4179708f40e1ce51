#include "kernels/product_f32.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"

namespace verge::kernels {
namespace {

constexpr size_t kMostRows = 32;

size_t Vectors(const GemmF32Table& table, size_t n) { return (n + table.lanes - 1) / table.lanes; }

// Panels are two vectors wide, the last one three when the number is odd; a single vector stands alone.
size_t PanelVectors(size_t left) { return left == 3 ? 3 : std::min<size_t>(left, 2); }

}  // namespace

std::optional<size_t> ProductF32PackedBytes(const GemmF32Table& table, size_t k, size_t n) {
  const auto floats = CheckedMul(Vectors(table, n) * table.lanes, k + 1);
  return floats ? CheckedMul(*floats, sizeof(float)) : std::nullopt;
}

void PackProductF32(const GemmF32Table& table, size_t k, size_t n, const ProductF32Matrix& b, float factor,
                    float* packed) {
  size_t column = 0;
  for (size_t left = Vectors(table, n); left > 0;) {
    const size_t vectors = PanelVectors(left);
    const size_t nr = vectors * table.lanes, count = std::min(nr, n - column);
    for (size_t j = 0; j < nr; ++j) packed[j] = b.bias != nullptr && j < count ? b.bias[column + j] : 0.0F;
    packed += nr;
    if (b.column_step == 1) {
      for (size_t d = 0; d < k; ++d, packed += nr) {
        const float* from = b.b + d * b.row_step + column;
        for (size_t j = 0; j < count; ++j) packed[j] = from[j] * factor;
        std::fill(packed + count, packed + nr, 0.0F);
      }
    } else {
      for (size_t j = 0; j < nr; ++j) {
        const float* from = b.b + (column + j) * b.column_step;
        for (size_t d = 0; d < k; ++d) packed[d * nr + j] = j < count ? from[d * b.row_step] * factor : 0.0F;
      }
      packed += k * nr;
    }
    column += nr;
    left -= vectors;
  }
}

void RunProductF32(const GemmF32Table& table, size_t k, size_t n, const float* packed, const ProductF32Rows& rows) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const size_t block = std::min(table.block_rows, kMostRows);
  const float* pointers[kMostRows];
  for (size_t first = 0; first < rows.m; first += block) {
    const size_t count = std::min(block, rows.m - first);
    for (size_t i = 0; i < count; ++i) pointers[i] = rows.a + (first + i) * rows.a_step;
    GemmF32Args args{};
    args.rows = pointers;
    args.row_stride = count;
    args.taps = 1;
    args.k = k;
    args.b = packed;
    args.y_stride = rows.y_step;
    args.m = count;
    args.lo = -kInfinity;
    args.hi = kInfinity;
    size_t column = 0;
    for (size_t left = Vectors(table, n); left > 0;) {
      const GemmF32Tile& tile = table.tiles[PanelVectors(left) - 1];
      args.y = rows.y + first * rows.y_step + column;
      args.n = std::min(tile.nr, n - column);
      tile.run(args);
      args.b += tile.nr * (k + 1);
      column += tile.nr;
      left -= PanelVectors(left);
    }
  }
}

}  // namespace verge::kernels
