#include "compile/compile.h"
#include "ir/verify.h"

namespace verge::compile {
namespace {

// The constant a state begins with: a value of the file, or, where the file has only its bytes, a new one.
ir::ValueId ConstantAt(ir::Graph& graph, const format::ModelTables& tables, const format::ModelState& state) {
  for (size_t i = 0; i < tables.values.size(); ++i) {
    if (tables.values[i].constant == state.initial) return static_cast<ir::ValueId>(i);
  }
  ir::Value initial = graph.value(state.input);
  initial.name += ".initial";
  initial.constant = ir::Buffer::CopyOf(state.initial, initial.type().CheckedBytes().value_or(0));
  return graph.AddValue(std::move(initial));
}

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
    if (from.initial != nullptr) state.initial = ConstantAt(graph, tables, from);
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
