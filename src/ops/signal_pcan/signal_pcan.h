// Automatic gain per channel, in fixed point: divides a channel's energy by a power of its noise (PCAN).
//
//   gain = a function of the noise, given by a table of quadratic pieces, one piece a bit length of the noise:
//          entries 0, 1, 2 for a noise of 0, 1, 2; else with b the bit length and f its 10 bits after the first one,
//          t = 4 b - 6: gain = table[t] + round((table[t + 2] f / 2^5 + table[t + 1] 2^5) f / 2^15)
//   snr = x gain >> snr_shift                                   12 fractional bits
//   y = snr < 2 ? snr^2 / 4 : snr - 1                           6 fractional bits
//
// Attribute snr_shift
// Inputs    x u32 [c]; noise u32 [c]; table i16 [125 or more]
// Output    y u32 [c]
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct SignalPcanAttrs {
  int64_t snr_shift = 0;
  void Visit(AttrVisitor& v) { v.Int("snr_shift", snr_shift, 0, 63); }
};

Status InferSignalPcan(const InferArgs& args);

inline constexpr OpDef kSignalPcanOp = DefineOp<SignalPcanAttrs, InferSignalPcan, Arity{3, 3}>({
    .name = "signal_pcan",
    .summary = "Automatic gain per channel of an audio front end",
    .macs = NoMacs,
});

}  // namespace verge::ops
