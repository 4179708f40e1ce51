// Largest element of each window, NHWC.
//
//   y[n][i][j][c] = act(max over the window of x[n][.][.][c])
//
// Shapes and attributes: pool.h.
#pragma once

#include "ops/define_op.h"
#include "ops/pool.h"

namespace verge::ops {

inline constexpr OpDef kMaxPool2dOp = DefineOp<PoolAttrs, InferPool, Arity{1, 1}>({
    .name = "max_pool2d",
    .summary = "Largest element of each window",
    .macs = NoMacs,
});

}  // namespace verge::ops
