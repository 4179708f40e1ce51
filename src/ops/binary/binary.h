// Functions of two elements of one type, broadcast by the rules of numpy; `kind` says which.
//
//   div           integers: rounded towards 0; by 0 gives 0
//   mod           the sign of b (Python's %);  fmod: the sign of a (C's fmod);  by 0 gives 0 for integers
//   prelu         a < 0 ? a b : a
//   atan2         floats: the angle of the point (b, a)
//   shift_left    unsigned integers; by the width of the type or more gives 0
//   shift_right   the same; of signed integers the sign moves in, and b is taken as at least 0
//   and, or, xor  bool: logical; integers: by bits
//   add, sub, mul, pow of integers wrap at the width of the type
//
// Attribute kind
// Inputs    a, b of one type, of any shapes that broadcast
// Output    y of the same type, of the broadcast shape
//           Quantised (output 0 has scales): div and prelu are those of the numbers that the integers stand for; min
//           and max want one quantisation for all three
// Precision quantised prelu by Rescale, quantised div in f64 with halves away from zero; f16 and bf16 are computed in
// f32 and rounded once
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

// clang-format off
#define VERGE_BINARY_KINDS(X)                                                                           \
  X(Add, "add") X(Sub, "sub") X(Mul, "mul") X(Div, "div") X(Pow, "pow") X(Mod, "mod") X(Fmod, "fmod")   \
  X(Min, "min") X(Max, "max") X(Prelu, "prelu") X(ShiftLeft, "shift_left") X(ShiftRight, "shift_right") \
  X(And, "and") X(Or, "or") X(Xor, "xor") X(Atan2, "atan2")
// clang-format on

enum class BinaryKind : int32_t {
#define VERGE_KIND(Name, text) k##Name,
  VERGE_BINARY_KINDS(VERGE_KIND)
#undef VERGE_KIND
};

inline constexpr const char* kBinaryKindNames[] = {
#define VERGE_KIND(Name, text) text,
    VERGE_BINARY_KINDS(VERGE_KIND)
#undef VERGE_KIND
};

struct BinaryAttrs {
  int32_t kind = 0;
  void Visit(AttrVisitor& v) { v.Enum("kind", kind, kBinaryKindNames); }
};

Status InferBinaryKind(const InferArgs& args);

inline constexpr OpDef kBinaryOp = DefineOp<BinaryAttrs, InferBinaryKind, Arity{2, 2}>({
    .name = "binary",
    .summary = "Elementwise function of two inputs of any type: add, div, pow, min, and, shift and more",
    .macs = NoMacs,
});

}  // namespace verge::ops
