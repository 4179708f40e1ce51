// fp32 matrix product with weights that are mostly zero: only products with a weight that is not are computed.
//
//   y[i][o] = clamp(bias[o] + sum over the c with w[o][c] != 0, ascending, of x[i][c] * w[o][c], lo, hi)
//
// Two forms, for many rows and for few:
//
// strip  Lanes are rows (pixels). A strip of rows is turned first, so that x[.][c] of all of them is contiguous; a
// weight
//        is then one broadcast and one multiply-add a vector (E. Elsen et al., "Fast Sparse ConvNets",
//        arXiv:1911.09723, keep whole images so; here they stay NHWC and each layer turns what it reads and writes).
// row    Lanes are outputs. Inputs come in groups that fit into registers; each step multiplies, in each lane, one
// weight
//        by the input of the group that its index picks. Lanes with fewer weights in a group are filled with zeros.
//
// Exact     products are added in the order c by fused multiply-add, starting from the bias: for finite inputs the same
//           bits as gemm_f32 but for the sign of a zero, whatever the form, instruction set and number of threads
// Memory    no heap
// Threads   re-entrant
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace verge::kernels {

// A weight that is not zero, and where in a turned strip its input lies.
struct SparseF32Entry {
  float weight;
  uint32_t offset;  // floats: c * strip
};

// Sums of outputs [0, n) of one strip of rows, over some of the inputs: sums[o][i] begins as bias[o], or, without a
// bias, as what it is already.
struct SparseF32SumArgs {
  const float* x;          // [k][strip], 64-byte aligned
  const uint32_t* starts;  // n + 1 positions in entries
  const SparseF32Entry* entries;
  const float* bias;  // null: go on
  size_t n;
  size_t rows;  // 1 to strip
  float* sums;  // [n][strip], 64-byte aligned
};

// y[i * y_stride + o] = clamp(sums[o][i]).
struct SparseF32FinishArgs {
  const float* sums;
  size_t n;
  size_t rows;
  float* y;
  size_t y_stride;  // floats from row to row
  float lo;
  float hi;
};

// Turns rows for SumArgs: out[c * strip + i] = x[i * x_stride + c], zero for i >= rows up to a whole vector.
struct SparseF32TurnArgs {
  const float* x;
  size_t x_stride;
  size_t rows;
  size_t k;
  float* out;
};

// One row of x times four vectors of outputs.
struct SparseF32RowArgs {
  const float* x;  // groups * pick floats
  size_t groups;
  const uint8_t* steps;    // [groups][4]
  const float* weights;    // [steps][lanes]
  const uint8_t* indices;  // [steps][lanes], below pick
  const float* bias;       // 4 * lanes
  float* y;
  size_t n;  // 1 to 4 * lanes
  float lo;
  float hi;
};

struct SparseF32Table {
  const char* isa;
  const char* name;
  size_t lanes;
  size_t strip;  // rows, a multiple of lanes
  size_t pick;   // inputs of a group
  void (*turn)(const SparseF32TurnArgs& args);
  void (*sum)(const SparseF32SumArgs& args);
  void (*finish)(const SparseF32FinishArgs& args);
  void (*run_row)(const SparseF32RowArgs& args);
};

inline constexpr size_t kSparseF32RowVectors = 4;

}  // namespace verge::kernels
