// Product of matrices, batched over the leading dimensions, which broadcast by the rules of numpy.
//
//   y[..., i, j] = sum_k a[..., i, k] b[..., k, j]      each of a, b first transposed in its last two dimensions if so
//   asked
//
// Attributes transpose_a, transpose_b
// Inputs    a [..., m, k], b [..., k, n] of one type: floats, 32- and 64-bit integers
// Output    y [..., m, n] of that type
// Precision f32, f16 and bf16 are summed in f64 and rounded once; integers wrap
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct MatmulAttrs {
  bool transpose_a = false;
  bool transpose_b = false;
  void Visit(AttrVisitor& v) {
    v.Bool("transpose_a", transpose_a);
    v.Bool("transpose_b", transpose_b);
  }
};

Status InferMatmul(const InferArgs& args);
uint64_t MacsMatmul(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kMatmulOp = DefineOp<MatmulAttrs, InferMatmul, Arity{2, 2}>({
    .name = "matmul",
    .summary = "Product of matrices, batched",
    .macs = MacsMatmul,
});

}  // namespace verge::ops
