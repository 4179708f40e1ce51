// The square root of whole numbers, rounded to the nearest, then divided by a power of 2.
//
//   y = round(sqrt(x)) >> bits;  below 2^32 the root is at most 65535, above at most 2^32 - 1
//
// Inputs    x u64; bits i32 [], 0 to 31, others count as the nearest
// Output    y u32 of the shape of x
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct SignalSqrtAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferSignalSqrt(const InferArgs& args);

inline constexpr OpDef kSignalSqrtOp = DefineOp<SignalSqrtAttrs, InferSignalSqrt, Arity{2, 2}>({
    .name = "signal_sqrt",
    .summary = "Rounded square root of whole numbers",
    .macs = NoMacs,
});

}  // namespace verge::ops
