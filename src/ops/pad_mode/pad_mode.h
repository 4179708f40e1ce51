// A border around a tensor of any type, filled by one of several rules.
//
//   constant   with the value of input 1, or 0
//   reflect    with the mirror image, the edge itself not repeated: 3 2 1 | 1 -> 2 1 [0 1 2 3] 2 1
//   symmetric  with the mirror image, the edge itself repeated: 2 1 0 | 0 1 2
//   edge       with the nearest element of x
//   wrap       with the other end of x
//
// Attributes mode; before, after: one width >= 0 a dimension; reflect wants them smaller than the dimension,
//           symmetric at most as large
// Inputs    x of any type; value of the same type, one element, optional
// Output    y of the same type; dimension d is before[d] + x_d + after[d]
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

enum class PadModeKind : int32_t { kConstant, kReflect, kEdge, kWrap, kSymmetric };
inline constexpr const char* kPadModeNames[] = {"constant", "reflect", "edge", "wrap", "symmetric"};

struct PadModeAttrs {
  int32_t mode = 0;
  IntList before;
  IntList after;
  void Visit(AttrVisitor& v) {
    v.Enum("mode", mode, kPadModeNames);
    v.Ints("before", before);
    v.Ints("after", after);
  }
};

// Position in x of position i - before; -1: outside.
int64_t PadSource(PadModeKind mode, int64_t i, int64_t size);

Status InferPadMode(const InferArgs& args);

inline constexpr OpDef kPadModeOp = DefineOp<PadModeAttrs, InferPadMode, Arity{1, 2}>({
    .name = "pad_mode",
    .summary = "A border filled with a value, the mirror image, the edge or the other end",
    .macs = NoMacs,
});

}  // namespace verge::ops
