// A layer that connects every input with every output by weights of 4 bits, which share a scale and a zero point in
// blocks along the inputs.
//
//   y[..][o] = act(b[o] + sum_i x[..][i] * s[o][i / block] * (q[o][i] - z[o][i / block]))
//
// Attributes block: weights of a block, even, 2 to 4096
// Inputs    x [..., k] f32; q [n, blocks, block / 2] u8, two weights a byte, the first in the lower half, blocks =
//           k / block rounded up (what is behind k counts nothing); s [n, blocks] f32; z [n, blocks] u8, optional: 8
//           everywhere; b [n] f32, optional
// Output    y [..., n] f32
#pragma once

#include "ops/activation.h"
#include "ops/define_op.h"

namespace verge::ops {

struct FullyConnected4bitAttrs {
  int64_t block = 32;
  int32_t activation = kNoActivation;
  void Visit(AttrVisitor& v) {
    v.Int("block", block, 2, 4096);
    v.Enum("activation", activation, kActivationNames);
  }
};

Status InferFullyConnected4bit(const InferArgs& args);
uint64_t MacsFullyConnected4bit(const OpAttrs& attrs, std::span<const TensorType> inputs,
                                std::span<const TensorType> outputs);

inline constexpr OpDef kFullyConnected4bitOp = DefineOp<FullyConnected4bitAttrs, InferFullyConnected4bit, Arity{3, 5}>({
    .name = "fully_connected_4bit",
    .summary = "Rows times a matrix of 4-bit weights with scales in blocks, with bias and fused activation",
    .macs = MacsFullyConnected4bit,
});

}  // namespace verge::ops
