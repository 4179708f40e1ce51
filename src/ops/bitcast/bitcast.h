// The same bytes read as another element type.
//
// From a wider type to one k times as narrow, the output has one more dimension, of size k, last; the other way x ends
// with a dimension of size k, which goes. The order of bytes is little-endian.
//
// Attribute to: the output's element type
// Input     x of any type but bool
// Output    y of type `to`, not bool
#pragma once

#include "ops/cast/cast.h"
#include "ops/define_op.h"

namespace verge::ops {

struct BitcastAttrs {
  int32_t to = 0;
  void Visit(AttrVisitor& v) { v.Enum("to", to, kDTypeNames); }
};

Status InferBitcast(const InferArgs& args);

inline constexpr OpDef kBitcastOp = DefineOp<BitcastAttrs, InferBitcast, Arity{1, 1}>({
    .name = "bitcast",
    .summary = "The same bytes read as another element type",
    .macs = NoMacs,
});

}  // namespace verge::ops
