// Removes nodes none of whose outputs is read, from the end to the start, so that whole dead chains go.
#include <algorithm>

#include "opt/pass.h"
#include "opt/rewriter.h"

namespace verge::opt {

Result<PassReport> RemoveDead(ir::Graph& graph) {
  std::vector<bool> is_read(graph.values.size(), false);
  for (const ir::ValueId id : graph.outputs) is_read[id] = true;
  for (const ir::State& state : graph.states) is_read[state.output] = true;
  for (const ir::CountedDim& counted : graph.counted) is_read[counted.count] = true;
  PassReport report;
  std::vector<ir::Node> kept;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (std::none_of(node->outputs.begin(), node->outputs.end(), [&](ir::ValueId id) { return is_read[id]; })) {
      report.Note(Label(*node));
      continue;
    }
    for (const ir::ValueId id : node->inputs) {
      if (id != ir::kNoValue) is_read[id] = true;
    }
    kept.push_back(std::move(*node));
  }
  std::reverse(kept.begin(), kept.end());
  graph.nodes = std::move(kept);
  return report;
}

}  // namespace verge::opt
