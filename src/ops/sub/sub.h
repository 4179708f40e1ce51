// Difference of two tensors, broadcast by the rules of numpy, with a clamp on the result.
//
//   y = act(a - b)
//
// Inputs    a, b f32, or quantised i8, u8 or i16 (quant_elementwise.h), of any shapes that broadcast
// Output    y of the same type and the broadcast shape
#pragma once

#include "ops/activation.h"
#include "ops/broadcast.h"
#include "ops/define_op.h"

namespace verge::ops {

struct SubAttrs {
  int32_t activation = kNoActivation;
  void Visit(AttrVisitor& v) { v.Enum("activation", activation, kActivationNames); }
};

inline constexpr OpDef kSubOp = DefineOp<SubAttrs, InferBinary, Arity{2, 2}>({
    .name = "sub",
    .summary = "Elementwise difference with broadcasting and fused activation",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
