// The number of each op in this build, for code that asks "is this node a conv2d?": ids::kConv2d.
#pragma once

#include "ops/op_def.h"

namespace verge::ops::ids {

enum : OpId {
#define VERGE_OP(folder, Name) k##Name,
#include "ops/ops.def"
#undef VERGE_OP
};

}  // namespace verge::ops::ids
