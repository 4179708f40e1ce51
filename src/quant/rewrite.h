// Writes the integer graph: nodes in their order and by their names, with the types that the plan gives them.
//
// A value has up to one form a type and scale: f32, and integers. A form that a node wants and that isn't there yet is
// made once, in front of the first node that wants it: by quantize from f32 or from other integers, by dequantize, or,
// of constants, at once. Between two integer nodes of equal scales nothing is inserted.
//
// Names     what a node makes keeps its name, whatever its type; other forms of it are called "name.f32", "name.i8".
//           Graph inputs and outputs keep theirs: when they stay f32, the integers inside are the ones called
//           "name.i8".
// Errors    kInternal when a shape rule refuses what it accepted before (quant/rules.h)
#pragma once

#include <vector>

#include "quant/layers.h"

namespace verge::quant {

Result<ir::Graph> Rewrite(const ir::Graph& graph, const std::vector<NodePlan>& plans, const Scales& scales,
                          const std::vector<LayerCode>& codes, IntegerIo io);

}  // namespace verge::quant
