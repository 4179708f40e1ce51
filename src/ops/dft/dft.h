// Discrete Fourier transform along one axis, by its definition.
//
//   y_k = sum_{n < length} x_n exp(-2 pi i k n / length);  inverse: with +, divided by the length
//
// x is cut or padded with zeros to `length`. onesided gives only k <= length / 2.
//
// Attributes axis; length: 0: that of x; inverse; onesided
// Input     x [..., 1] (real) or [..., 2] (real, imaginary) f32 or f64
// Output    y [..., 2] of the same type
// Precision computed in f64 and rounded once
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct DftAttrs {
  int64_t axis = 1;
  int64_t length = 0;
  bool inverse = false;
  bool onesided = false;
  void Visit(AttrVisitor& v) {
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Int("length", length, 0, int64_t{1} << 24);
    v.Bool("inverse", inverse);
    v.Bool("onesided", onesided);
  }
};

Status InferDft(const InferArgs& args);
uint64_t MacsDft(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kDftOp = DefineOp<DftAttrs, InferDft, Arity{1, 1}>({
    .name = "dft",
    .summary = "Discrete Fourier transform along one axis",
    .macs = MacsDft,
});

}  // namespace verge::ops
