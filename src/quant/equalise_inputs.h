// Equalisation of what f32 nodes hand to integer layers: where a value stays f32 (a silu, say) and one layer reads it,
// it is divided channel by channel before it is quantised, and the layer's weights take the factors up:
//
//   layer(x, W)  =  layer(x * (1 / s), W s)
//
// with s as in equalise.h. Costs a multiplication an element, and next to nothing where it is the last step of a chain
// of elementwise operations. Depthwise layers thus have a scale an input channel.
#pragma once

#include "quant/equalise.h"
#include "quant/plan.h"

namespace verge::quant {

// Adds `mul` nodes to `graph` and changes weights; `plans` says which nodes are integer, and no longer fits afterwards.
// Gives how many inputs were changed. Errors: those of running the graph.
Result<size_t> EqualiseInputs(ir::Graph& graph, const std::vector<NodePlan>& plans, Activations& activations,
                              const EqualiseOptions& options);

}  // namespace verge::quant
