// Products of two fp32 matrices outside of layers: for attention, batched matmul and recurrent cells.
//
//   y[i][j] = bias[j] + factor sum_k a[i][k] b[k][j]
//
// b is packed first, with the factor; then any rows of a.
//
// Exact     products are added in the order of k by fused multiply-add: the same bits for every table
// Requires  k, n >= 1; packed and rows of a and y overlap nothing; packed 64-byte aligned
// Memory    no heap
// Threads   re-entrant
#pragma once

#include <cstddef>
#include <optional>

#include "kernels/gemm_f32.h"

namespace verge::kernels {

// Empty on overflow.
std::optional<size_t> ProductF32PackedBytes(const GemmF32Table& table, size_t k, size_t n);

// Element (k, j) of b lies at b[k * row_step + j * column_step].
struct ProductF32Matrix {
  const float* b;
  size_t row_step;
  size_t column_step;
  const float* bias = nullptr;  // null: zeros
};
void PackProductF32(const GemmF32Table& table, size_t k, size_t n, const ProductF32Matrix& b, float factor,
                    float* packed);

// `m` rows of a, a_step apart, into rows of y, y_step apart.
struct ProductF32Rows {
  const float* a;
  size_t a_step;
  float* y;
  size_t y_step;
  size_t m;
};
void RunProductF32(const GemmF32Table& table, size_t k, size_t n, const float* packed, const ProductF32Rows& rows);

}  // namespace verge::kernels
