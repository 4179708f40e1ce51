#include "ir/graph.h"

#include <utility>

namespace verge::ir {

ValueId Graph::AddValue(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::AddConstant(std::string constant_name, DType dtype, const Shape& shape, const void* data) {
  Value value;
  value.name = std::move(constant_name);
  value.dtype = dtype;
  value.shape = shape;
  value.constant = Buffer::CopyOf(data, shape.elems() * DTypeBytes(dtype));
  return AddValue(std::move(value));
}

Node& Graph::AddNode(ops::OpId op, std::string node_name, std::vector<ValueId> node_inputs,
                     std::vector<ValueId> node_outputs) {
  Node& node = nodes.emplace_back();
  node.op = op;
  node.name = std::move(node_name);
  node.inputs = std::move(node_inputs);
  node.outputs = std::move(node_outputs);
  ops::GetOp(op).init_attrs(node.attrs);
  return node;
}

std::vector<ops::InferInput> InferInputs(const Graph& graph, const Node& node) {
  std::vector<ops::InferInput> inputs;
  inputs.reserve(node.inputs.size());
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) {
      inputs.push_back({{}, nullptr, false});
      continue;
    }
    const Value& value = graph.value(id);
    inputs.push_back({value.type(), value.is_constant() ? value.constant->data() : nullptr, true});
  }
  return inputs;
}

std::vector<ops::SubgraphTypes> SubgraphTypesOf(const Graph& graph, const Node& node) {
  std::vector<ops::SubgraphTypes> types;
  for (const uint32_t index : node.subgraphs) {
    const Graph& subgraph = graph.subgraphs[index];
    ops::SubgraphTypes& last = types.emplace_back();
    for (const ValueId id : subgraph.inputs) last.inputs.push_back(subgraph.value(id).type());
    for (const ValueId id : subgraph.outputs) last.outputs.push_back(subgraph.value(id).type());
  }
  return types;
}

Result<std::vector<TensorType>> InferNode(const Graph& graph, const Node& node) {
  const ops::OpDef& op = ops::GetOp(node.op);
  const std::vector<ops::InferInput> inputs = InferInputs(graph, node);
  std::vector<TensorType> outputs(node.outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (node.outputs[i] != kNoValue) outputs[i].quant = graph.value(node.outputs[i]).quant.view();
  }
  if (node.subgraphs.size() != static_cast<size_t>(op.subgraphs)) {
    return VERGE_ERROR(kInvalidArgument, "node '" + node.name + "' (" + op.name + ") names " +
                                             std::to_string(node.subgraphs.size()) + " subgraphs, wants " +
                                             std::to_string(op.subgraphs));
  }
  const std::vector<ops::SubgraphTypes> subgraphs = SubgraphTypesOf(graph, node);
  Status status = op.infer({node.attrs, inputs, outputs, subgraphs});
  if (!status.ok()) return std::move(status).WithContext("node '" + node.name + "' (" + op.name + ")");
  return outputs;
}

Status InferTypes(Graph& graph) {
  for (const Node& node : graph.nodes) {
    VERGE_TRY_ASSIGN(const std::vector<TensorType> types, InferNode(graph, node));
    for (size_t i = 0; i < types.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      Value& value = graph.values[node.outputs[i]];
      value.dtype = types[i].dtype;
      value.shape = types[i].shape;
    }
  }
  return Status::Ok();
}

namespace {

void CompactSubgraphs(Graph& graph) {
  std::vector<bool> is_used(graph.subgraphs.size(), false);
  for (const Node& node : graph.nodes) {
    for (const uint32_t index : node.subgraphs) is_used[index] = true;
  }
  std::vector<uint32_t> renumbered(graph.subgraphs.size(), 0);
  std::vector<Graph> kept;
  for (size_t i = 0; i < graph.subgraphs.size(); ++i) {
    if (!is_used[i]) continue;
    renumbered[i] = static_cast<uint32_t>(kept.size());
    kept.push_back(std::move(graph.subgraphs[i]));
  }
  graph.subgraphs = std::move(kept);
  for (Node& node : graph.nodes) {
    for (uint32_t& index : node.subgraphs) index = renumbered[index];
  }
  for (Graph& subgraph : graph.subgraphs) Compact(subgraph);
}

}  // namespace

void Compact(Graph& graph) {
  CompactSubgraphs(graph);
  std::vector<ValueId> renumbered(graph.values.size(), kNoValue);
  const auto mark = [&](const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) {
      if (id != kNoValue) renumbered[id] = 0;
    }
  };
  mark(graph.inputs);
  mark(graph.outputs);
  for (const State& state : graph.states) mark({state.input, state.output, state.initial});
  for (const CountedDim& counted : graph.counted) mark({counted.count});
  for (const Node& node : graph.nodes) {
    mark(node.inputs);
    mark(node.outputs);
  }
  std::vector<Value> kept;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (renumbered[i] == kNoValue) continue;
    renumbered[i] = static_cast<ValueId>(kept.size());
    kept.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(kept);
  const auto renumber = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids) {
      if (id != kNoValue) id = renumbered[id];
    }
  };
  renumber(graph.inputs);
  renumber(graph.outputs);
  for (CountedDim& counted : graph.counted) counted.count = renumbered[counted.count];
  for (State& state : graph.states) {
    state.input = renumbered[state.input];
    state.output = renumbered[state.output];
    if (state.initial != kNoValue) state.initial = renumbered[state.initial];
  }
  for (Node& node : graph.nodes) {
    renumber(node.inputs);
    renumber(node.outputs);
  }
}

}  // namespace verge::ir
