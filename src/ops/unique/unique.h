// The different slices along one axis. How many there are must be known when the graph is built: the input is a
// constant.
//
// Attributes axis; sorted: in ascending order, else in the order in which they first appear
// Input     x constant, of any type but bool
// Outputs   y: x with each slice once; first i64 [u]: where each stood first; inverse i64 [size]: which of y each slice
// is;
//           counts i64 [u]
#pragma once

#include <vector>

#include "ops/define_op.h"

namespace verge::ops {

// For each slice of x along the axis, in the order of the output: where it stood first, and how often it stands; and
// for each slice of x which of the output it is.
struct UniqueSlices {
  std::vector<int64_t> first;
  std::vector<int64_t> counts;
  std::vector<int64_t> inverse;
};
UniqueSlices FindUnique(const TensorType& type, const void* data, int axis, bool sorted);

struct UniqueAttrs {
  int64_t axis = 0;
  bool sorted = true;
  void Visit(AttrVisitor& v) {
    v.Int("axis", axis, -Shape::kMaxRank, Shape::kMaxRank - 1);
    v.Bool("sorted", sorted);
  }
};

Status InferUnique(const InferArgs& args);

inline constexpr OpDef kUniqueOp = DefineOp<UniqueAttrs, InferUnique, Arity{1, 1, 4, 4}>({
    .name = "unique",
    .summary = "The different slices along one axis",
    .macs = NoMacs,
});

}  // namespace verge::ops
