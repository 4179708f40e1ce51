#include "runner/track/assign.h"

#include <limits>

namespace verge::runner {
namespace {

// rows <= columns; cost(i, j) reads the matrix. Returns the row of each column (or rows for none); index 0 is unused.
template <typename Cost>
std::vector<size_t> Solve(size_t rows, size_t columns, const Cost& cost) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  std::vector<double> row_potential(rows + 1, 0);
  std::vector<double> column_potential(columns + 1, 0);
  std::vector<size_t> row_of(columns + 1, 0);
  std::vector<size_t> previous(columns + 1, 0);
  for (size_t row = 1; row <= rows; ++row) {
    row_of[0] = row;
    size_t at = 0;
    std::vector<double> slack(columns + 1, kInfinite);
    std::vector<bool> is_done(columns + 1, false);
    do {  // Dijkstra over columns until a free one is reached
      is_done[at] = true;
      const size_t from = row_of[at];
      double least = kInfinite;
      size_t next = 0;
      for (size_t j = 1; j <= columns; ++j) {
        if (is_done[j]) continue;
        const double reduced = cost(from - 1, j - 1) - row_potential[from] - column_potential[j];
        if (reduced < slack[j]) {
          slack[j] = reduced;
          previous[j] = at;
        }
        if (slack[j] < least) {
          least = slack[j];
          next = j;
        }
      }
      for (size_t j = 0; j <= columns; ++j) {
        if (is_done[j]) {
          row_potential[row_of[j]] += least;
          column_potential[j] -= least;
        } else {
          slack[j] -= least;
        }
      }
      at = next;
    } while (row_of[at] != 0);
    while (at != 0) {
      row_of[at] = row_of[previous[at]];
      at = previous[at];
    }
  }
  return row_of;
}

}  // namespace

std::vector<int> Assign(std::span<const float> costs, size_t rows, size_t columns) {
  std::vector<int> result(rows, -1);
  if (rows == 0 || columns == 0) return result;
  const auto at = [&](size_t row, size_t column) { return static_cast<double>(costs[row * columns + column]); };
  if (rows <= columns) {
    const std::vector<size_t> row_of = Solve(rows, columns, at);
    for (size_t j = 1; j <= columns; ++j) {
      if (row_of[j] != 0) result[row_of[j] - 1] = static_cast<int>(j - 1);
    }
  } else {
    const std::vector<size_t> column_of = Solve(columns, rows, [&](size_t c, size_t r) { return at(r, c); });
    for (size_t i = 1; i <= rows; ++i) {
      if (column_of[i] != 0) result[i - 1] = static_cast<int>(column_of[i] - 1);
    }
  }
  return result;
}

}  // namespace verge::runner
