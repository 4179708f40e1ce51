// Scales a frame of samples up by the largest power of 2 that keeps every one within 16 bits.
//
//   y = x 2^bits;  bits = 16 - 1 - (bit length of the largest |x|), at least 0; of silence 0
//
// Input     x i16
// Outputs   y i16 of the same shape; bits i32 []
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct SignalAutoScaleAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferSignalAutoScale(const InferArgs& args);

inline constexpr OpDef kSignalAutoScaleOp = DefineOp<SignalAutoScaleAttrs, InferSignalAutoScale, Arity{1, 1, 2, 2}>({
    .name = "signal_auto_scale",
    .summary = "Samples scaled up by the largest power of 2 that fits",
    .macs = NoMacs,
});

}  // namespace verge::ops
