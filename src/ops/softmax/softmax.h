// Turns the numbers along one axis into shares of 1, or into their logarithms, or marks the largest.
//
//   softmax      y_i = exp(beta (x_i - m)) / sum_j exp(beta (x_j - m)), m = max_j x_j
//   log_softmax  y_i = x_i - m - log(sum_j exp(x_j - m))
//   hardmax      y_i = 1 for the first largest x_i, else 0
//
// Attributes kind; axis; beta > 0, of softmax alone
// Input     x of a float type, or quantised i8, u8 or i16 (not hardmax)
// Output    y of the same type and shape
// Precision floats and i16 computed in f64 and rounded once; i8 and u8 in f32: exp of each difference, their sum in
//           order, the shares rounded to the nearest step
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

enum class SoftmaxKind : int32_t { kSoftmax, kLogSoftmax, kHardmax };
inline constexpr const char* kSoftmaxKindNames[] = {"softmax", "log_softmax", "hardmax"};

struct SoftmaxAttrs {
  int32_t kind = 0;
  int64_t axis = -1;
  float beta = 1.0f;
  void Visit(AttrVisitor& v) {
    v.Enum("kind", kind, kSoftmaxKindNames);
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Float("beta", beta);
  }
};

Status InferSoftmax(const InferArgs& args);

inline constexpr OpDef kSoftmaxOp = DefineOp<SoftmaxAttrs, InferSoftmax, Arity{1, 1}>({
    .name = "softmax",
    .summary = "Softmax, log-softmax or hardmax along one axis",
    .macs = NoMacs,
});

}  // namespace verge::ops
