// A long short-term memory layer over a sequence, in one direction, as the TFLite format defines it: with optional
// coupled input and forget gates, peepholes, projection and layer normalisation.
//
// With s_k = W_k x_t + A_k aux_t + R_k h + p_k c (c of the step before; for the output gate the new one), and z_k = s_k
// + b_k, or z_k = l_k (s_k - mean(s_k)) / sqrt(variance(s_k) + 1e-8) + b_k with layer normalisation:
//
//   i = sigmoid(z_0), or 1 - f without input gate weights     f = sigmoid(z_1)     g = activation(z_2)
//   c = clip(f c + i g, cell_clip)     o = sigmoid(z_3)     m = o activation(c)
//   h = clip(P m + b_P, proj_clip), or m without projection
//
// Attributes activation; cell_clip, proj_clip: 0 for none; is_time_major: x is [t, b, i], else [b, t, i]; is_reversed:
//           from the last step to the first; asymmetric_inputs: of the hybrid form;
//           gate_scale_*: the scale of s_k in the integer form with layer normalisation; hidden_scale, hidden_zero:
//           quantisation of m in the integer form
// Inputs    in the order of LstmInput: x [t, b, i] or [b, t, i], or [b, i] for one step; the weights of 4 gates
//           (input, forget, cell, output): W [n, i], R [n, o], p [n], b [n]; P [o, n], b_P [o]; h [b, o]; c [b, n];
//           l [n]; aux like x with its own width a, A [n, a]. All but x, the weights, biases and h, c are optional;
//           those of the input gate are all there or all omitted.
// Outputs   y like x with o columns; the last h [b, o]; the last c [b, n]
// Forms     float    all f32
//           hybrid   f32, the matrices and p i8 (or u8 with the bits of i8) with one scale each; see hybrid_product.h
//           integer  the 8x8_16 arithmetic of TFLite, bit for bit: x, h, y and matrices i8 with one scale each (the
//                    matrices with zero point 0), b and b_P i32, p and l i16, c i16 with the scale 2^-15 to 2^-9. No
//                    aux; activation tanh. y has the quantisation of h. p acts on every cell (TFLite: on the first o).
//                    proj_clip bounds the integers of h, whatever their zero point
// Precision float and hybrid: products of f32 matrices in f64, the rest in f32
#pragma once

#include "ops/cell_activation.h"
#include "ops/define_op.h"

namespace verge::ops {

enum LstmInput : size_t {
  kLstmX = 0,
  kLstmW = 1,   // 4 gates
  kLstmR = 5,   // 4 gates
  kLstmP = 9,   // input, forget and output gate
  kLstmB = 12,  // 4 gates
  kLstmProjection = 16,
  kLstmProjectionBias = 17,
  kLstmH = 18,
  kLstmC = 19,
  kLstmNorm = 20,  // 4 gates
  kLstmAux = 24,
  kLstmAuxW = 25,  // 4 gates
  kLstmInputs = 29,
};
inline constexpr size_t kLstmGates = 4;
inline constexpr size_t kInputGate = 0;
inline constexpr size_t kForgetGate = 1;
inline constexpr size_t kCellGate = 2;
inline constexpr size_t kOutputGate = 3;

struct LstmAttrs {
  int32_t activation = static_cast<int32_t>(CellActivation::kTanh);
  float cell_clip = 0.0f;
  float proj_clip = 0.0f;
  bool is_time_major = false;
  bool is_reversed = false;
  bool asymmetric_inputs = false;
  float gate_scale_input = 0.0f;
  float gate_scale_forget = 0.0f;
  float gate_scale_cell = 0.0f;
  float gate_scale_output = 0.0f;
  float hidden_scale = 0.0f;
  int64_t hidden_zero = 0;
  void Visit(AttrVisitor& v) {
    v.Enum("activation", activation, kCellActivationNames);
    v.Float("cell_clip", cell_clip);
    v.Float("proj_clip", proj_clip);
    v.Bool("is_time_major", is_time_major);
    v.Bool("is_reversed", is_reversed);
    v.Bool("asymmetric_inputs", asymmetric_inputs);
    v.Float("gate_scale_input", gate_scale_input);
    v.Float("gate_scale_forget", gate_scale_forget);
    v.Float("gate_scale_cell", gate_scale_cell);
    v.Float("gate_scale_output", gate_scale_output);
    v.Float("hidden_scale", hidden_scale);
    v.Int("hidden_zero", hidden_zero, -128, 127);
  }
};

// The sizes that a node's inputs state.
struct LstmSizes {
  int64_t steps = 1;
  int64_t batch = 1;
  int64_t in = 1;
  int64_t aux = 0;
  int64_t cells = 1;
  int64_t out = 1;
};

// `x` and the weights of the forget gate; of ranks that the rule checked.
LstmSizes LstmSizesOf(const LstmAttrs& attrs, const Shape& x, const Shape& forget_w, const Shape& forget_r);

Status InferLstm(const InferArgs& args);
uint64_t MacsLstm(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kLstmOp = DefineOp<LstmAttrs, InferLstm, Arity{1, kLstmInputs, 3, 3}>({
    .name = "lstm",
    .summary = "TFLite's LSTM over a sequence: float, hybrid or 8-bit with a 16-bit cell",
    .macs = MacsLstm,
});

}  // namespace verge::ops
