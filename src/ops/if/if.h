// Runs one of two subgraphs.
//
//   y = condition ? then(x...) : else(x...)
//
// Inputs     condition bool of one element; x... what both subgraphs take
// Outputs    what both subgraphs give: the same number, element types, shapes and quantisation
// Subgraphs  0 then, 1 else
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct IfAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferIf(const InferArgs& args);

inline constexpr OpDef kIfOp = DefineOp<IfAttrs, InferIf, Arity{1, -1, 1, 256}>({
    .name = "if",
    .summary = "Runs one of two subgraphs",
    .macs = NoMacs,
    .subgraphs = 2,
});

}  // namespace verge::ops
