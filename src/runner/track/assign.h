// The assignment problem: rows to columns, one to one, at the least total cost.
//
// Method    shortest augmenting paths with potentials (Kuhn, Munkres; the O(n^2 m) form of Jonker and Volgenant 1987).
// Threads   a pure function.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace verge::runner {

// `costs` is row-major [rows, columns], finite. result[row] is its column, or -1 when there are fewer columns than rows
// and the row is left over.
std::vector<int> Assign(std::span<const float> costs, size_t rows, size_t columns);

}  // namespace verge::runner
