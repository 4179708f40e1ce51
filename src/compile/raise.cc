#include "compile/compile.h"
#include "ir/verify.h"

namespace verge::compile {
namespace {

Result<ir::Graph> RaiseTables(const format::ModelTables& tables) {
  ir::Graph graph;
  graph.name = tables.name;
  const auto copy = [](const std::byte* data, const TensorType& type) {
    return ir::Buffer::CopyOf(data, type.CheckedBytes().value_or(0));
  };
  for (const format::ModelValue& from : tables.values) {
    ir::Value value;
    value.name = from.name;
    value.dtype = from.type.dtype;
    value.shape = from.type.shape;
    value.quant.scales.assign(from.type.quant.scales.begin(), from.type.quant.scales.end());
    value.quant.zero_points.assign(from.type.quant.zero_points.begin(), from.type.quant.zero_points.end());
    value.quant.axis = from.type.quant.axis;
    if (from.constant != nullptr) value.constant = copy(from.constant, from.type);
    graph.AddValue(std::move(value));
  }
  for (const format::ModelNode& from : tables.nodes) {
    ir::Node& node = graph.AddNode(from.op, std::string(from.name), {from.inputs.begin(), from.inputs.end()},
                                   {from.outputs.begin(), from.outputs.end()});
    node.attrs = from.attrs;
    node.subgraphs.assign(from.subgraphs.begin(), from.subgraphs.end());
  }
  graph.inputs.assign(tables.inputs.begin(), tables.inputs.end());
  graph.outputs.assign(tables.outputs.begin(), tables.outputs.end());
  for (const format::ModelState& from : tables.states) {
    ir::State state{from.input, from.output, ir::kNoValue};
    // The file names a constant; the tables keep where its bytes lie.
    for (uint32_t i = 0; from.initial != nullptr && i < tables.values.size(); ++i) {
      if (tables.values[i].constant == from.initial) state.initial = i;
    }
    graph.states.push_back(state);
  }
  for (const format::ModelCountedDim& from : tables.counted) {
    graph.counted.push_back({from.output, static_cast<int>(from.dim), from.factor, from.count});
  }
  for (const format::ModelTables& subgraph : tables.subgraphs) {
    VERGE_TRY_ASSIGN(ir::Graph raised, RaiseTables(subgraph));
    graph.subgraphs.push_back(std::move(raised));
  }
  for (const auto& [key, text] : tables.metadata) graph.metadata.emplace_back(key, text);
  return graph;
}

}  // namespace

Result<ir::Graph> Raise(const format::VerifiedModel& model) {
  VERGE_TRY_ASSIGN(ir::Graph graph, RaiseTables(model.tables()));
  VERGE_TRY(ir::Verify(graph));
  return graph;
}

}  // namespace verge::compile
