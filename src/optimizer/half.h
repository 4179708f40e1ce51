// Rounds the f32 constants of a model to what 16 bits hold, so that its file may store them so. The types in the graph
// stay f32 and so do the kernels: only the numbers become coarser.
//
//   f16   IEEE 754 binary16, to nearest even; a tensor with a finite number beyond 65504 stays as it is
//   bf16  the upper 16 bits of binary32, to nearest even
//
// Small tensors (fewer than kSmallestHalved elements: scales, single biases) stay exact.
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace verge::optimizer {

enum class Half { kF16, kBF16 };
inline constexpr size_t kSmallestHalved = 16;

float RoundToHalf(float value, Half half);

// Gives how many tensors were rounded; names of those that stayed because of their range go to `notes`.
size_t RoundConstants(ir::Graph& graph, Half half, std::vector<std::string>& notes);

}  // namespace verge::optimizer
