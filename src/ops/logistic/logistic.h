// Sigmoid: y = 1 / (1 + exp(-x)), elementwise.
//
// Input     x f32, or quantised i8, u8 or i16, of any shape
// Output    y of the same type and shape; integers as quant_curve.h says
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct LogisticAttrs {
  void Visit(AttrVisitor& /*v*/) {}
};

Status InferLogistic(const InferArgs& args);

inline constexpr OpDef kLogisticOp = DefineOp<LogisticAttrs, InferLogistic, Arity{1, 1}>({
    .name = "logistic",
    .summary = "Elementwise sigmoid 1 / (1 + exp(-x))",
    .macs = NoMacs,
    .can_run_in_place = true,
});

}  // namespace verge::ops
