// Dense symmetric systems in f64, as least squares wants them. Sums are in one fixed order: the same bits everywhere.
//
// Matrices  [n, n] row-major; of symmetric and triangular ones the lower triangle alone is read and written, unless
//           said otherwise
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace verge::prune {

// A = L L^T; L replaces A. False when A is not positive definite (or not finite); A is then destroyed.
bool Cholesky(std::span<double> a, size_t n);

// Solves L L^T x = b in place.
void CholeskySolve(std::span<const double> l, size_t n, std::span<double> b);

// The upper triangular U with A^-1 = U^T U, zeros below the diagonal; empty when A is not positive definite. What
// remains of the inverse after taking out the first j unknowns is U[j..][j..]^T U[j..][j..], which is what the sweep of
// SparseGPT needs.
std::vector<double> InverseFactor(std::span<const double> a, size_t n);

// A += sum over rows of x x^T, lower triangle; row r starts at x[r * stride].
void AddGram(std::span<const float> x, size_t rows, size_t stride, size_t n, std::span<double> a);

}  // namespace verge::prune
