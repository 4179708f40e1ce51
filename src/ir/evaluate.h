// Computes graphs with the reference kernels, one node after the other: slow, plain, and right. For constant folding,
// comparisons and tests; devices run plans (src/runtime).
//
// Threads   pure functions.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace verge::ir {

using BufferPtr = std::shared_ptr<const Buffer>;

// The outputs of one node. `inputs` has one buffer an input of the node, null where one is omitted; each has as many
// bytes as the value's type wants. The shape rule is run first, so a node that it refuses is an error.
Result<std::vector<BufferPtr>> EvaluateNode(const Graph& graph, const Node& node, std::span<const BufferPtr> inputs);

// The outputs of the graph for one buffer a graph input. Errors: a buffer of the wrong size.
// `states` has one buffer a state of the graph, null for its initial value, and is replaced by the next ones; without
// it every run is a first one. Outputs with counted dimensions keep their margins.
Result<std::vector<BufferPtr>> Evaluate(const Graph& graph, std::span<const BufferPtr> inputs,
                                        std::vector<BufferPtr>* states = nullptr);

}  // namespace verge::ir
