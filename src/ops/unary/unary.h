// Functions of one element, y = f(x); `kind` says which.
//
//   leaky_relu          x < 0 ? alpha x : x
//   elu                 x < 0 ? alpha (exp(x) - 1) : x
//   selu                beta (x < 0 ? alpha (exp(x) - 1) : x)
//   celu                max(0, x) + min(0, alpha (exp(x / alpha) - 1))
//   hard_sigmoid        min(max(alpha x + beta, 0), 1)
//   hard_swish          x min(max(x / 6 + 0.5, 0), 1)
//   thresholded_relu    x > alpha ? x : 0
//   shrink              x < -alpha ? x + beta : x > alpha ? x - beta : 0
//   softplus            log(exp(x) + 1), computed without overflow
//   softsign            x / (1 + |x|)
//   mish                x tanh(softplus(x))
//   gelu                x (1 + erf(x / sqrt(2))) / 2
//   gelu_tanh           x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
//   silu                x / (1 + exp(-x)), also called swish
//   relu_n1_to_1        min(max(x, -1), 1)
//   round               to the nearest whole number, halves to even
//   is_nan, is_inf      y is bool; is_inf looks at negative infinity unless alpha is 0, at positive unless beta is 0
//
// The rest is what the name says in C's math.h. Source of the equations: the ONNX operator definitions.
//
// Attributes kind; alpha, beta: as above
// Input     x of any shape; every float type; abs, neg, sign, relu also integers; not: bool; bit_not: integers;
//           all but not, bit_not, is_nan and is_inf also quantised i8, u8 and i16
// Output    y of the same type and shape, bool for is_nan and is_inf
// Precision f16 and bf16 are computed in f32 and rounded once. Quantised: relu and leaky_relu by Rescale, hard_swish in
//           16-bit fixed point, tanh and sigmoid as quant_curve.h says, the others by way of f32
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

// clang-format off
#define VERGE_UNARY_KINDS(X)                                                                                 \
  X(Abs, "abs") X(Neg, "neg") X(Sign, "sign") X(Not, "not") X(BitNot, "bit_not") X(Exp, "exp") X(Log, "log") \
  X(Sqrt, "sqrt") X(Reciprocal, "reciprocal") X(Sin, "sin") X(Cos, "cos") X(Tan, "tan") X(Asin, "asin")      \
  X(Acos, "acos") X(Atan, "atan") X(Sinh, "sinh") X(Cosh, "cosh") X(Tanh, "tanh") X(Asinh, "asinh")          \
  X(Acosh, "acosh") X(Atanh, "atanh") X(Erf, "erf") X(Ceil, "ceil") X(Floor, "floor") X(Round, "round")      \
  X(Sigmoid, "sigmoid") X(Relu, "relu") X(LeakyRelu, "leaky_relu") X(Elu, "elu") X(Selu, "selu")             \
  X(Celu, "celu") X(HardSigmoid, "hard_sigmoid") X(HardSwish, "hard_swish")                                  \
  X(ThresholdedRelu, "thresholded_relu") X(Softplus, "softplus") X(Softsign, "softsign") X(Mish, "mish")     \
  X(Gelu, "gelu") X(Shrink, "shrink") X(IsNan, "is_nan") X(IsInf, "is_inf") X(ReluN1To1, "relu_n1_to_1")  \
  X(Silu, "silu") X(GeluTanh, "gelu_tanh")
// clang-format on

enum class UnaryKind : int32_t {
#define VERGE_KIND(Name, text) k##Name,
  VERGE_UNARY_KINDS(VERGE_KIND)
#undef VERGE_KIND
};

inline constexpr const char* kUnaryKindNames[] = {
#define VERGE_KIND(Name, text) text,
    VERGE_UNARY_KINDS(VERGE_KIND)
#undef VERGE_KIND
};

struct UnaryAttrs {
  int32_t kind = 0;
  float alpha = 0.0f;
  float beta = 0.0f;
  void Visit(AttrVisitor& v) {
    v.Enum("kind", kind, kUnaryKindNames);
    v.Float("alpha", alpha);
    v.Float("beta", beta);
  }
};

Status InferUnary(const InferArgs& args);

inline constexpr OpDef kUnaryOp = DefineOp<UnaryAttrs, InferUnary, Arity{1, 1}>({
    .name = "unary",
    .summary = "Elementwise function of one input: abs, exp, tanh, elu, gelu and many more",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
