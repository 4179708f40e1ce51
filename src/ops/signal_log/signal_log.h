// The natural logarithm of whole numbers in fixed point.
//
//   y = min(log(x << correction_bits) * output_scale, 32767), 0 where x << correction_bits is 0 or 1
//
// log2 is the bit length and, for the fraction, a table of 128 segments with linear interpolation, in 16 fractional
// bits; each table entry is round(65536 (log2(1 + s / 128) - s / 128)).
//
// Attributes output_scale; correction_bits
// Input     x u32
// Output    y i16 of the same shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct SignalLogAttrs {
  int64_t output_scale = 1;
  int64_t correction_bits = 0;
  void Visit(AttrVisitor& v) {
    v.Int("output_scale", output_scale, 0, 1 << 16);
    v.Int("correction_bits", correction_bits, 0, 31);
  }
};

Status InferSignalLog(const InferArgs& args);

inline constexpr OpDef kSignalLogOp = DefineOp<SignalLogAttrs, InferSignalLog, Arity{1, 1}>({
    .name = "signal_log",
    .summary = "Natural logarithm of whole numbers in fixed point",
    .macs = NoMacs,
});

}  // namespace verge::ops
