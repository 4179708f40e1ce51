// The discrete Fourier transform of real samples of 16 bits, in the fixed-point arithmetic of embedded audio front
// ends.
//
//   y_k = sum_n x_n exp(-2 pi i k n / length) / length,  k = 0 .. length / 2, real and imaginary part side by side
//
// Pairs of samples are one complex number; these are transformed by steps of radix 4 (and one of radix 2), each of
// which divides its inputs by the radix first; then the two halves are told apart. Every product of two numbers of 15
// fractional bits is rounded once after the sum of a complex product, halves up; so results agree bit for bit with
// other implementations of that scheme.
//
// Attribute length: a power of 2, 4 to 16384; x is filled up with zeros to it
// Input     x i16 [..., n], n <= length
// Output    y i16 [..., length + 2]
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct SignalRfftAttrs {
  int64_t length = 4;
  void Visit(AttrVisitor& v) { v.Int("length", length, 4, 1 << 14); }
};

Status InferSignalRfft(const InferArgs& args);

inline constexpr OpDef kSignalRfftOp = DefineOp<SignalRfftAttrs, InferSignalRfft, Arity{1, 1}>({
    .name = "signal_rfft",
    .summary = "Fourier transform of real samples in 16-bit fixed point",
    .macs = NoMacs,
});

}  // namespace verge::ops
