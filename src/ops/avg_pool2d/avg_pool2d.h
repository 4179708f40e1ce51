// Mean of the real elements of each window, NHWC.
//
//   y[n][i][j][c] = act(mean over the real elements of the window of x[n][.][.][c]); the border does not count
//
// Shapes and attributes: pool.h.
#pragma once

#include "ops/define_op.h"
#include "ops/pool.h"

namespace verge::ops {

inline constexpr OpDef kAvgPool2dOp = DefineOp<PoolAttrs, InferPool, Arity{1, 1}>({
    .name = "avg_pool2d",
    .summary = "Mean of the real elements of each window",
    .macs = NoMacs,
});

}  // namespace verge::ops
