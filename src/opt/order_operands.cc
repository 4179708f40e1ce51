// Exchanges the operands of f32 add and mul where the second one's memory can be taken over by the result and the first
// one's cannot: a + b = b + a to the bit, and plans let a node run in place of its first input only.
//
// Memory can be taken over when the operand is as large as the result, a node makes it, this node alone reads it last,
// and it is no output of the graph.
#include "ops/op_ids.h"
#include "opt/pass.h"
#include "opt/rewriter.h"
#include "opt/uses.h"

namespace verge::opt {

Result<PassReport> OrderOperands(ir::Graph& graph) {
  const std::vector<ValueUses> uses = FindUses(graph);
  PassReport report;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    ir::Node& node = graph.nodes[n];
    if (node.op != ops::ids::kAdd && node.op != ops::ids::kMul) continue;
    const ir::Value& y = graph.value(node.outputs[0]);
    if (y.dtype != DType::kF32 || node.inputs[0] == node.inputs[1]) continue;
    const auto can_give = [&](ir::ValueId id) {
      const ValueUses& use = uses[id];
      return use.producer != kNoNode && !use.is_graph_output && use.consumer == n && graph.value(id).shape == y.shape;
    };
    if (can_give(node.inputs[0]) || !can_give(node.inputs[1])) continue;
    std::swap(node.inputs[0], node.inputs[1]);
    report.Note(Label(node));
  }
  return report;
}

}  // namespace verge::opt
