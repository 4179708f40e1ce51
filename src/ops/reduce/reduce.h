// Folds some dimensions of a tensor into one number each; `kind` says how.
//
//   sum, mean, prod, max, min
//   l1           sum |x|            l2             sqrt(sum x^2)
//   sum_square   sum x^2            log_sum        log(sum x)
//   log_sum_exp  log(sum exp(x)), computed after taking the largest x off
//   any, all     of bool
//
// Attributes kind; axes: dimensions to fold, all of them when empty; keep_dims: folded dimensions stay, with size 1
// Input     x of any shape; any, all: bool; the others: every other type (integer sums wrap, integer means go towards
// 0);
//           sum, mean, max and min also quantised i8, u8 and i16, max and min with one quantisation for x and y
// Output    y of the same type
// Precision f32, f16 and bf16 are summed in f64 and rounded once. Quantised: y_zero + Rescale(sum of x - x_zero,
//           x_scale / y_scale, over the count for a mean)
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

enum class ReduceKind : int32_t {
  kSum,
  kMean,
  kProd,
  kMax,
  kMin,
  kL1,
  kL2,
  kSumSquare,
  kLogSum,
  kLogSumExp,
  kAny,
  kAll
};
inline constexpr const char* kReduceKindNames[] = {"sum", "mean",       "prod",    "max",         "min", "l1",
                                                   "l2",  "sum_square", "log_sum", "log_sum_exp", "any", "all"};

struct ReduceAttrs {
  int32_t kind = 0;
  IntList axes;
  bool keep_dims = true;
  void Visit(AttrVisitor& v) {
    v.Enum("kind", kind, kReduceKindNames);
    v.Ints("axes", axes);
    v.Bool("keep_dims", keep_dims);
  }
};

Status InferReduce(const InferArgs& args);

inline constexpr OpDef kReduceOp = DefineOp<ReduceAttrs, InferReduce, Arity{1, 1}>({
    .name = "reduce",
    .summary = "Sum, mean, max and their like over some dimensions",
    .macs = NoMacs,
});

}  // namespace verge::ops
