// A simple recurrent layer over a sequence, in one direction, as the TFLite format defines it:
//
//   h = activation(W x_t + A aux_t + R h + bias)
//
// Attributes activation; is_time_major: x is [t, b, i], else [b, t, i]; is_reversed: from the last step to the first;
//           asymmetric_inputs: of the hybrid form
// Inputs    x f32 [t, b, i] or [b, t, i], or [b, i] for one step; W [u, i]; R [u, u]; bias f32 [u]; h f32 [b, u];
//           optional aux like x with its own width a, and A [u, a]
// Outputs   y f32 like x with u columns; the last h f32 [b, u]
// Forms     W, R, A f32, or hybrid: i8 (or u8 with the bits of i8) with one scale each; see hybrid_product.h
// Precision products of f32 matrices in f64, the rest in f32
#pragma once

#include "ops/cell_activation.h"
#include "ops/define_op.h"

namespace verge::ops {

enum RnnInput : size_t { kRnnX, kRnnW, kRnnR, kRnnBias, kRnnH, kRnnAux, kRnnAuxW, kRnnInputs };

struct RnnAttrs {
  int32_t activation = static_cast<int32_t>(CellActivation::kTanh);
  bool is_time_major = false;
  bool is_reversed = false;
  bool asymmetric_inputs = false;
  void Visit(AttrVisitor& v) {
    v.Enum("activation", activation, kCellActivationNames);
    v.Bool("is_time_major", is_time_major);
    v.Bool("is_reversed", is_reversed);
    v.Bool("asymmetric_inputs", asymmetric_inputs);
  }
};

Status InferRnn(const InferArgs& args);
uint64_t MacsRnn(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kRnnOp = DefineOp<RnnAttrs, InferRnn, Arity{5, kRnnInputs, 2, 2}>({
    .name = "rnn",
    .summary = "TFLite's simple RNN over a sequence: float or hybrid",
    .macs = MacsRnn,
});

}  // namespace verge::ops
