// The part of a graph that makes one value: what has to run to see it.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace verge::quant {

struct Prefix {
  ir::Graph graph;  // all inputs of the original, in their order; its one output is `value`
  ir::ValueId value = ir::kNoValue;
};

// A graph with states is kept as a whole: what it remembers depends on all of it.
Prefix PrefixOf(const ir::Graph& graph, ir::ValueId value);

// The numbers that a tensor of f32, or a quantised one, stands for.
void ReadReals(const Tensor& tensor, std::vector<float>& reals);

}  // namespace verge::quant
