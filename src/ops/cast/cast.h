// Converts every element to another type.
//
//   float -> integer    towards 0; a value outside the type, or NaN, gives the nearest end of it, or 0
//   integer -> integer  the low bits
//   float -> float      to nearest even
//   anything -> bool    x != 0
//
// Attribute to: the output's element type
// Input     x of any type and shape
// Output    y of type `to` and the same shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

// In the order of DType.
inline constexpr const char* kDTypeNames[kDTypeCount] = {"f32", "f16",  "bf16", "i8",  "u8",  "i16", "i32",
                                                         "i64", "bool", "f64",  "u16", "u32", "u64"};

struct CastAttrs {
  int32_t to = 0;
  void Visit(AttrVisitor& v) { v.Enum("to", to, kDTypeNames); }
};

Status InferCast(const InferArgs& args);

inline constexpr OpDef kCastOp = DefineOp<CastAttrs, InferCast, Arity{1, 1}>({
    .name = "cast",
    .summary = "Elementwise conversion to another element type",
    .macs = NoMacs,
});

}  // namespace verge::ops
