#include "prune/linear.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace verge::prune {
namespace {

// Eight sums side by side, so that the compiler may use vectors without changing the order of any sum.
double Dot(const double* a, const double* b, size_t n) {
  std::array<double, 8> sums{};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < n; ++i) sums[i % 8] += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

bool Cholesky(std::span<double> a, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    double* row = a.data() + i * n;
    for (size_t j = 0; j < i; ++j) {
      const double* other = a.data() + j * n;
      row[j] = (row[j] - Dot(row, other, j)) / other[j];
    }
    const double pivot = row[i] - Dot(row, row, i);
    if (!(pivot > 0) || !std::isfinite(pivot)) return false;
    row[i] = std::sqrt(pivot);
  }
  return true;
}

void CholeskySolve(std::span<const double> l, size_t n, std::span<double> b) {
  for (size_t i = 0; i < n; ++i) b[i] = (b[i] - Dot(l.data() + i * n, b.data(), i)) / l[i * n + i];
  for (size_t i = n; i-- > 0;) {
    b[i] /= l[i * n + i];
    for (size_t j = 0; j < i; ++j) b[j] -= l[i * n + j] * b[i];
  }
}

std::vector<double> InverseFactor(std::span<const double> a, size_t n) {
  // With the unknowns in reverse order A = L L^T; turned back, L is an upper R with A = R R^T, and U = R^-1.
  std::vector<double> l(n * n, 0.0);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) l[i * n + j] = a[(n - 1 - j) * n + (n - 1 - i)];
  }
  if (!Cholesky(l, n)) return {};
  // Inverts L by columns of the identity, kept as rows so that sums run over neighbours: inverse^T[j][i].
  std::vector<double> u(n * n, 0.0);
  std::vector<double> column(n);
  for (size_t j = 0; j < n; ++j) {
    std::fill(column.begin(), column.end(), 0.0);
    column[j] = 1.0 / l[j * n + j];
    for (size_t i = j + 1; i < n; ++i) {
      column[i] = -Dot(l.data() + i * n + j, column.data() + j, i - j) / l[i * n + i];
    }
    for (size_t i = j; i < n; ++i) u[(n - 1 - i) * n + (n - 1 - j)] = column[i];
  }
  return u;
}

void AddGram(std::span<const float> x, size_t rows, size_t stride, size_t n, std::span<double> a) {
  std::vector<double> row(n);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t i = 0; i < n; ++i) row[i] = static_cast<double>(x[r * stride + i]);
    for (size_t i = 0; i < n; ++i) {
      if (row[i] == 0) continue;
      double* sums = a.data() + i * n;
      for (size_t j = 0; j <= i; ++j) sums[j] += row[i] * row[j];
    }
  }
}

}  // namespace verge::prune
