// What the user is told of each node: ranges, scales and the error of its weights.
#pragma once

#include <vector>

#include "quant/layers.h"
#include "quant/observe.h"

namespace verge::quant {

// One entry a node that makes f32. `seen`: one histogram a value of the graph, null where nothing was observed.
std::vector<LayerReport> MakeReport(const ir::Graph& graph, const std::vector<NodePlan>& plans, const Scales& scales,
                                    const std::vector<LayerCode>& codes, const std::vector<const Histogram*>& seen,
                                    const std::vector<float>& corrections);

}  // namespace verge::quant
