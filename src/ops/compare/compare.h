// Comparison of two tensors of one type, broadcast by the rules of numpy.
//
//   y = a (kind) b        kind: equal, less, less_or_equal, greater, greater_or_equal, not_equal
//
// Inputs    a, b of one type, of any shapes that broadcast
// Output    y bool of the broadcast shape
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

enum class CompareKind : int32_t { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kNotEqual };
inline constexpr const char* kCompareKindNames[] = {"equal",    "less", "less_or_equal", "greater", "greater_or_equal",
                                                    "not_equal"};

struct CompareAttrs {
  int32_t kind = 0;
  void Visit(AttrVisitor& v) { v.Enum("kind", kind, kCompareKindNames); }
};

Status InferCompare(const InferArgs& args);

inline constexpr OpDef kCompareOp = DefineOp<CompareAttrs, InferCompare, Arity{2, 2}>({
    .name = "compare",
    .summary = "Elementwise comparison of two inputs: equal, less, greater and their like",
    .macs = NoMacs,
});

}  // namespace verge::ops
