// Turns the weights of dynamic-range models back into f32, for steps that change them: f32 activations, i8 weights.
//
//   w[i] = scale[c] * (q[i] - zero_point[c])     c: the index of element i along the axis of the scales
//
// Every i8 constant with scales that a node with an f32 first input reads. The kernels then no longer quantise
// activations at run time, so results get closer to the model that the weights were made from.
// Threads   a pure function.
#pragma once

#include <cstddef>

#include "ir/graph.h"

namespace verge::optimizer {

// Gives how many tensors were changed; the graph still passes ir::Verify.
size_t UseFloatWeights(ir::Graph& graph);

}  // namespace verge::optimizer
