// Who makes and who reads each value of a graph; made anew after a pass has changed the graph.
#pragma once

#include <cstddef>
#include <vector>

#include "ir/graph.h"

namespace verge::opt {

inline constexpr size_t kNoNode = static_cast<size_t>(-1);

struct ValueUses {
  size_t producer = kNoNode;     // index of the node that makes it
  size_t consumer = kNoNode;     // index of the last node that reads it
  size_t reads = 0;              // by nodes
  bool is_graph_output = false;  // or the next value of a state, or a count: read after the last node
};

// One entry a value.
inline std::vector<ValueUses> FindUses(const ir::Graph& graph) {
  std::vector<ValueUses> uses(graph.values.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ir::ValueId id : graph.nodes[n].inputs) {
      if (id == ir::kNoValue) continue;
      uses[id].consumer = n;
      ++uses[id].reads;
    }
    for (const ir::ValueId id : graph.nodes[n].outputs) uses[id].producer = n;
  }
  for (const ir::ValueId id : graph.outputs) uses[id].is_graph_output = true;
  for (const ir::State& state : graph.states) uses[state.output].is_graph_output = true;
  for (const ir::CountedDim& counted : graph.counted) uses[counted.count].is_graph_output = true;
  return uses;
}

}  // namespace verge::opt
