// Computes, with the reference kernels, every node whose inputs are all constant, and stores its outputs as constants:
// fp16 weights become f32 here.
#include <algorithm>

#include "ir/evaluate.h"
#include "opt/pass.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

// A fold may not blow a graph up beyond this; the node is then left to run on the device.
constexpr size_t kMaxFoldedBytes = size_t{1} << 30;

bool CanFold(const ir::Graph& graph, const ir::Node& node) {
  if (node.inputs.empty() || !node.subgraphs.empty()) return false;  // a loop may never end
  size_t bytes = 0;
  for (const ir::ValueId id : node.outputs) bytes += graph.value(id).type().CheckedBytes().value_or(kMaxFoldedBytes);
  return bytes < kMaxFoldedBytes &&
         std::all_of(
             node.inputs.begin(), node.inputs.end(),
             [&](ir::ValueId id) { return id == ir::kNoValue || graph.value(id).is_constant(); });
}

}  // namespace

Result<PassReport> FoldConstants(ir::Graph& graph) {
  PassReport report;
  std::vector<ir::Node> kept;
  kept.reserve(graph.nodes.size());
  for (ir::Node& node : graph.nodes) {
    if (!CanFold(graph, node)) {
      kept.push_back(std::move(node));
      continue;
    }
    std::vector<ir::BufferPtr> inputs;
    for (const ir::ValueId id : node.inputs) inputs.push_back(id == ir::kNoValue ? nullptr : graph.value(id).constant);
    VERGE_TRY_ASSIGN(const std::vector<ir::BufferPtr> outputs, ir::EvaluateNode(graph, node, inputs));
    for (size_t i = 0; i < outputs.size(); ++i) graph.values[node.outputs[i]].constant = outputs[i];
    report.Note(Label(node));
  }
  graph.nodes = std::move(kept);
  return report;
}

}  // namespace verge::opt
