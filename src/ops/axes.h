// Sets of dimensions, as reductions and their like take them.
#pragma once

#include "ops/op_def.h"

namespace verge::ops {

// Bit d is set when dimension d is listed; an empty list means all. Negative axes count from the end; an axis outside
// the tensor or listed twice is an error.
Result<uint32_t> AxesMask(const IntList& axes, int rank);

// The shape that is left when the dimensions of `mask` become 1, or go.
Shape WithoutAxes(const Shape& shape, uint32_t mask, bool keep_dims);

}  // namespace verge::ops
