// A border of one value around a tensor.
//
//   y[i_0, ...] = x[i_0 - before_0, ...] inside, value outside;  size_d = before_d + x_d + after_d
//
// Attributes before, after: one width >= 0 a dimension; value: what the border is filled with, as a number of x's type
//            (of a quantised x: the stored integer, its zero point for a border of zeros)
// Input     x f32, or an integer type
// Output    y of the same type, and of the same quantisation
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ops/define_op.h"

namespace verge::ops {

struct PadAttrs {
  IntList before;
  IntList after;
  float value = 0.0f;

  void Visit(AttrVisitor& v) {
    v.Ints("before", before);
    v.Ints("after", after);
    v.Float("value", value);
  }
};
static_assert(sizeof(PadAttrs) <= kMaxAttrsBytes);

Status InferPad(const InferArgs& args);

inline constexpr OpDef kPadOp = DefineOp<PadAttrs, InferPad, Arity{1, 1}>({
    .name = "pad",
    .summary = "A border of one value around a tensor",
    .macs = NoMacs,
});

// The border's value in the element type; integers saturate.
template <typename T>
T BorderOf(float value) {
  if constexpr (std::is_floating_point_v<T>) return value;
  if (std::isnan(value)) return T(0);
  if (value <= static_cast<float>(std::numeric_limits<T>::lowest())) return std::numeric_limits<T>::lowest();
  if (value >= static_cast<float>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

}  // namespace verge::ops
