// Repeats a subgraph as long as another one says so.
//
//   s = x; while (condition(s)) s = body(s); y = s
//
// Inputs     x... the loop's first values
// Outputs    y... as many, each of the type of its input
// Subgraphs  0 condition: takes s, gives bool of one element; 1 body: takes s, gives s
// Ends       when the model says so: whoever runs a foreign model bounds its time (verge-runner does)
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct WhileAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferWhile(const InferArgs& args);

inline constexpr OpDef kWhileOp = DefineOp<WhileAttrs, InferWhile, Arity{1, -1, 1, 256}>({
    .name = "while",
    .summary = "Repeats a subgraph while another one says so",
    .macs = NoMacs,
    .subgraphs = 2,
});

}  // namespace verge::ops
