// A layer that connects every input with every output: the product of rows with a matrix, with optional bias and a
// clamp on the result.
//
//   y[r][o] = act(b[o] + sum_i x[r][i] * w[o][i])
//
// Attributes keep_num_dims: the output has x's dimensions but the last, then n; otherwise it is [rows, n].
//            asymmetric_inputs: hybrid form only, how a row of x is quantised (RowQuant)
// Inputs    x of rows * k elements, with keep_num_dims [..., k]; w [n, k]; b [n], optional
// Output    y [rows, n] or [..., n]
// Types     all f32, or an integer form of quant_layer.h; scales of w by dimension 0. Hybrid: each row is quantised for
//           itself
#pragma once

#include "ops/activation.h"
#include "ops/define_op.h"

namespace verge::ops {

struct FullyConnectedAttrs {
  int32_t activation = kNoActivation;
  bool keep_num_dims = false;
  bool asymmetric_inputs = false;
  void Visit(AttrVisitor& v) {
    v.Enum("activation", activation, kActivationNames);
    v.Bool("keep_num_dims", keep_num_dims);
    v.Bool("asymmetric_inputs", asymmetric_inputs);
  }
};

Status InferFullyConnected(const InferArgs& args);
uint64_t MacsFullyConnected(const OpAttrs& attrs, std::span<const TensorType> inputs,
                            std::span<const TensorType> outputs);

inline constexpr OpDef kFullyConnectedOp = DefineOp<FullyConnectedAttrs, InferFullyConnected, Arity{2, 3}>({
    .name = "fully_connected",
    .summary = "Rows times a matrix of weights, with bias and fused activation",
    .macs = MacsFullyConnected,
});

}  // namespace verge::ops
