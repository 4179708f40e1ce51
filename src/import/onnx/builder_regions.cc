// Subgraphs for control flow, cut out of the graph after they were built in it: so they see names, folding and budgets
// as everything else does.
#include <algorithm>
#include <unordered_map>

#include "import/onnx/builder.h"

namespace verge::onnx {
namespace {

constexpr size_t kNoNode = static_cast<size_t>(-1);

}  // namespace

void Builder::CollectReads(std::pair<size_t, size_t> nodes, const std::vector<ValueId>& results,
                           const std::vector<ValueId>& own, std::vector<ValueId>& reads) const {
  std::unordered_set<ValueId> known(own.begin(), own.end());
  known.insert(reads.begin(), reads.end());
  const auto read = [&](ValueId id) {
    if (id == kNoValue || value(id).is_constant() || !known.insert(id).second) return;
    reads.push_back(id);
  };
  for (size_t n = nodes.first; n < nodes.second; ++n) {
    for (const ValueId id : graph_.nodes[n].inputs) read(id);
    known.insert(graph_.nodes[n].outputs.begin(), graph_.nodes[n].outputs.end());
  }
  for (const ValueId id : results) read(id);
}

ir::Graph Builder::CopyNodes(std::pair<size_t, size_t> nodes, const std::string& name,
                             const std::vector<ValueId>& inputs, const std::vector<ValueId>& outputs) const {
  ir::Graph to;
  to.name = name;
  std::unordered_map<ValueId, ValueId> ids;
  const auto bring = [&](ValueId id) {
    if (id == kNoValue) return kNoValue;
    const auto [found, is_new] = ids.try_emplace(id, kNoValue);
    if (is_new) found->second = to.AddValue(graph_.values[id]);
    return found->second;
  };
  for (const ValueId id : inputs) to.inputs.push_back(bring(id));
  for (size_t n = nodes.first; n < nodes.second; ++n) {
    ir::Node node = graph_.nodes[n];
    for (ValueId& id : node.inputs) id = bring(id);
    for (ValueId& id : node.outputs) id = bring(id);
    for (uint32_t& subgraph : node.subgraphs) {
      to.subgraphs.push_back(graph_.subgraphs[subgraph]);
      subgraph = static_cast<uint32_t>(to.subgraphs.size() - 1);
    }
    to.nodes.push_back(std::move(node));
  }
  for (const ValueId id : outputs) to.outputs.push_back(bring(id));
  return to;
}

void Builder::DropRegion(const Region& region) {
  for (size_t n = region.first_node; n < graph_.nodes.size(); ++n) {
    for (const ValueId id : graph_.nodes[n].outputs) producers_[id] = kNoNode;
  }
  graph_.nodes.resize(region.first_node);
  graph_.inputs.resize(region.inputs);
  needed_inputs_ = region.needed;
  status_ = Status::Ok();
  has_context_ = false;
}

std::vector<ValueId> Builder::Control(ops::OpId op, std::vector<ValueId> inputs, size_t outputs,
                                      std::vector<ir::Graph> subgraphs) {
  if (!ok()) return std::vector<ValueId>(outputs, kNoValue);
  ir::Node node;
  node.op = op;
  ops::GetOp(op).init_attrs(node.attrs);
  node.inputs = std::move(inputs);
  for (ir::Graph& subgraph : subgraphs) {
    graph_.subgraphs.push_back(std::move(subgraph));
    node.subgraphs.push_back(static_cast<uint32_t>(graph_.subgraphs.size() - 1));
  }
  return Append(std::move(node), outputs);
}

}  // namespace verge::onnx
