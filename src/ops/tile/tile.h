// Repeats a whole tensor along its dimensions: y[i_0, ...] = x[i_0 mod size_0, ...].
//
// Attribute repeats: how often, one number >= 1 a dimension
// Input     x of any type
// Output    y of the same type, dimension d repeats[d] times as large
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct TileAttrs {
  IntList repeats;
  void Visit(AttrVisitor& v) { v.Ints("repeats", repeats); }
};

Status InferTile(const InferArgs& args);

inline constexpr OpDef kTileOp = DefineOp<TileAttrs, InferTile, Arity{1, 1}>({
    .name = "tile",
    .summary = "A whole tensor repeated along its dimensions",
    .macs = NoMacs,
});

}  // namespace verge::ops
