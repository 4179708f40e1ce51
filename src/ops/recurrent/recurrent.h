// Recurrent layers over a sequence: simple RNN, GRU and LSTM, in one or both directions.
//
// With z(k) = x_t W_k' + h R_k' + Wb_k + Rb_k for gate k (and clipped to +-clip before each activation):
//
//   rnn   h = f(z(0))
//   gru   u = f(z(0)), r = f(z(1)), n = g(x_t W_2' + Wb_2 + (r h) R_2' + Rb_2), with linear_before_reset
//         n = g(x_t W_2' + Wb_2 + r (h R_2' + Rb_2));  h = (1 - u) n + u h
//   lstm  i = f(z(0) + p_0 c), f = f(z(2) + p_2 c) (input_forget: 1 - i), n = g(z(3)), c = f c + i n,
//         o = f(z(1) + p_1 c), h = o h(c)
//
// Steps at and behind a sequence's length leave the state as it is and give 0. Source: the ONNX definitions of RNN,
// GRU, LSTM.
//
// Attributes kind; direction; activations: for each direction one (rnn), two (gru) or three (lstm) of
// kRecurrentFunctionNames;
//           clip: 0 for none; input_forget; linear_before_reset
// Inputs    x f32 [t, b, i]; w f32 [d, g h, i]; r f32 [d, g h, h]; bias f32 [d, 2 g h] (Wb, then Rb), lengths i32 [b],
// h0 f32
//           [d, b, h], c0 f32 [d, b, h], p f32 [d, 3 h], optional; g = 1, 3 or 4 gates, d = 1 or 2 directions
// Outputs   y f32 [t, d, b, h]; the last h f32 [d, b, h]; lstm: the last c f32 [d, b, h]
// Precision dot products in f64, the rest in f32
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

enum class RecurrentKind : int32_t { kRnn, kGru, kLstm };
inline constexpr const char* kRecurrentKindNames[] = {"rnn", "gru", "lstm"};
enum class RecurrentDirection : int32_t { kForward, kReverse, kBidirectional };
inline constexpr const char* kRecurrentDirectionNames[] = {"forward", "reverse", "bidirectional"};

// The values of attribute activations, with the constants that the ONNX definition gives them when none are stated.
inline constexpr const char* kRecurrentFunctionNames[] = {
    "Relu", "Tanh", "Sigmoid", "LeakyRelu", "ThresholdedRelu", "HardSigmoid", "Elu", "Softsign", "Softplus"};

constexpr int64_t RecurrentGates(RecurrentKind kind) {
  return kind == RecurrentKind::kRnn ? 1 : (kind == RecurrentKind::kGru ? 3 : 4);
}

struct RecurrentAttrs {
  int32_t kind = 0;
  int32_t direction = 0;
  IntList activations;
  float clip = 0.0f;
  bool input_forget = false;
  bool linear_before_reset = false;
  void Visit(AttrVisitor& v) {
    v.Enum("kind", kind, kRecurrentKindNames);
    v.Enum("direction", direction, kRecurrentDirectionNames);
    v.Ints("activations", activations);
    v.Float("clip", clip);
    v.Bool("input_forget", input_forget);
    v.Bool("linear_before_reset", linear_before_reset);
  }
};

Status InferRecurrent(const InferArgs& args);
uint64_t MacsRecurrent(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kRecurrentOp = DefineOp<RecurrentAttrs, InferRecurrent, Arity{3, 8, 2, 3}>({
    .name = "recurrent",
    .summary = "RNN, GRU or LSTM over a sequence",
    .macs = MacsRecurrent,
});

}  // namespace verge::ops
