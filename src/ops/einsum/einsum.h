// Sum of products over labelled dimensions (Einstein's summation) of one or two tensors.
//
//   y[labels y] = sum over the labels that y has not of a[labels a] b[labels b]
//
// Attributes a, b, y: one label a dimension; equal labels run together; sizes of one label are equal, or 1
// Inputs    a; b of the same type, optional; any type but bool
// Output    y of that type
// Precision floats are summed in f64 and rounded once; integers wrap
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

// The labels of all operands, each once, those of y first; and each label's size. Errors name what does not fit.
struct EinsumLoop {
  int count = 0;
  int outer = 0;  // labels of y
  std::array<int64_t, 2 * Shape::kMaxRank> labels{};
  std::array<int64_t, 2 * Shape::kMaxRank> sizes{};
};
struct EinsumAttrs;
Result<EinsumLoop> PlanEinsum(const EinsumAttrs& attrs, std::span<const Shape> shapes);

struct EinsumAttrs {
  IntList a;
  IntList b;
  IntList y;
  void Visit(AttrVisitor& v) {
    v.Ints("a", a);
    v.Ints("b", b);
    v.Ints("y", y);
  }
};

Status InferEinsum(const InferArgs& args);
uint64_t MacsEinsum(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kEinsumOp = DefineOp<EinsumAttrs, InferEinsum, Arity{1, 2}>({
    .name = "einsum",
    .summary = "Sum of products over labelled dimensions",
    .macs = MacsEinsum,
});

}  // namespace verge::ops
