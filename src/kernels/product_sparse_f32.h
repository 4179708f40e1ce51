// A whole matrix product with mostly-zero weights, from weights packed at load: a 1x1 convolution whose pixels are the
// rows, or a fully connected layer.
//
//   y[i][o] = clamp(b[o] + sum_c x[i][c] * w[o][c], lo, hi)      i < m, c < k, o < n
//
// Few rows take the row form of sparse_f32.h, more the strip form.
//
// Requires  m, k, n > 0; packed was written by PackSparseF32 for the same table and shape; packed and scratch 64-byte
//           aligned; y overlaps nothing
// Memory    no heap; scratch of SparseF32ScratchBytes
// Threads   re-entrant with different scratch; work is split over strips of rows and over outputs
#pragma once

#include <cstddef>
#include <optional>

#include "base/parallel.h"
#include "kernels/sparse_f32.h"

namespace verge::kernels {

struct SparseF32Shape {
  size_t m = 1, k = 1, n = 1;
  float lo = 0, hi = 0;
};

// Whether the sparse product is expected to be faster than gemm_f32's on the same instruction set for weights of which
// `nonzeros` are not zero; docs/performance.md has the measurements behind it.
bool SparseF32Pays(const SparseF32Table& table, const SparseF32Shape& s, size_t nonzeros);

// Depends on where the zeros of w [n, k] are. Empty when it overflows or exceeds what indices hold.
std::optional<size_t> SparseF32PackedBytes(const SparseF32Table& table, const SparseF32Shape& s, const float* w);
// For a run on up to `threads` threads. Empty on overflow.
std::optional<size_t> SparseF32ScratchBytes(const SparseF32Table& table, const SparseF32Shape& s, int threads);

// b [n], or null: zeros.
void PackSparseF32(const SparseF32Table& table, const SparseF32Shape& s, const float* w, const float* b,
                   std::byte* packed);

struct SparseF32Buffers {
  const float* x;
  const std::byte* packed;
  float* y;
  std::byte* scratch;
};
// `parallel` may be null; it has at most the number of threads that the scratch was measured for.
void RunSparseF32(const SparseF32Table& table, const SparseF32Shape& s, const SparseF32Buffers& buffers,
                  Parallel* parallel);

}  // namespace verge::kernels
