// Single assignment, topological order, arity and shape rules over decoded tables.
#include <algorithm>
#include <string>

#include "format/model/tables.h"

namespace verge::format {
namespace {

Status Damaged(const std::string& what) { return VERGE_ERROR(kDataLoss, what); }

std::string ValueText(const ModelTables& tables, uint32_t index) {
  return "value " + std::to_string(index) + " (" + std::string(tables.values[index].name.substr(0, 128)) + ")";
}

Status CheckArity(const ops::OpDef& def, const ModelNode& node) {
  const auto inputs = static_cast<int64_t>(node.inputs.size()), outputs = static_cast<int64_t>(node.outputs.size());
  if (inputs < def.min_inputs || (def.max_inputs >= 0 && inputs > def.max_inputs)) {
    return Damaged("has " + std::to_string(inputs) + " inputs");
  }
  if (outputs < def.min_outputs || outputs > def.max_outputs) {
    return Damaged("has " + std::to_string(outputs) + " outputs");
  }
  for (int64_t i = 0; i < def.min_inputs; ++i) {
    if (node.inputs[static_cast<size_t>(i)] == kOmittedInput)
      return Damaged("input " + std::to_string(i) + " is omitted but required");
  }
  return Status::Ok();
}

ops::SubgraphTypes TypesOf(const ModelTables& subgraph) {
  ops::SubgraphTypes types;
  for (const uint32_t index : subgraph.inputs) types.inputs.push_back(subgraph.values[index].type);
  for (const uint32_t index : subgraph.outputs) types.outputs.push_back(subgraph.values[index].type);
  return types;
}

Status CheckSubgraphIds(const ModelTables& tables, const ops::OpDef& def, const ModelNode& node) {
  if (node.subgraphs.size() != static_cast<size_t>(def.subgraphs)) {
    return Damaged("names " + std::to_string(node.subgraphs.size()) + " subgraphs");
  }
  for (const uint32_t index : node.subgraphs) {
    if (index >= tables.subgraphs.size()) return Damaged("refers to subgraph " + std::to_string(index));
  }
  return Status::Ok();
}

// Compares what the shape rule makes of the stored types with what is stored.
Status CheckShapes(const ModelTables& tables, const ModelNode& node) {
  Result<std::vector<TensorType>> inferred = InferNode(tables, node);
  if (!inferred.ok()) return Damaged(std::string(inferred.status().message()));
  const std::vector<TensorType>& outputs = *inferred;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const TensorType& stored = tables.values[node.outputs[i]].type;
    if (stored.dtype == outputs[i].dtype && stored.shape == outputs[i].shape) continue;
    return Damaged("output " + std::to_string(i) + " is stored as " + ToString(stored.shape) + " " +
                   DTypeName(stored.dtype) + ", but its op makes " + ToString(outputs[i].shape) + " " +
                   DTypeName(outputs[i].dtype));
  }
  return Status::Ok();
}

Status CheckNode(const ModelTables& tables, const ModelNode& node, std::vector<bool>& is_defined) {
  const ops::OpDef& def = ops::GetOp(node.op);
  VERGE_TRY(CheckArity(def, node));
  VERGE_TRY(CheckSubgraphIds(tables, def, node));
  for (const uint32_t index : node.inputs) {
    if (index != kOmittedInput && !is_defined[index]) {
      return Damaged("reads " + ValueText(tables, index) + " before anything defines it");
    }
  }
  for (const uint32_t index : node.outputs) {
    if (is_defined[index]) return Damaged("writes " + ValueText(tables, index) + ", which is defined already");
    is_defined[index] = true;
  }
  return CheckShapes(tables, node);
}

Status CheckStates(const ModelTables& tables, const std::vector<bool>& is_defined) {
  std::vector<bool> is_state(tables.values.size(), false);
  for (const ModelState& state : tables.states) is_state[state.input] = true;
  for (const ModelState& state : tables.states) {
    const TensorType& input = tables.values[state.input].type;
    const TensorType& output = tables.values[state.output].type;
    if (!is_defined[state.output] || is_state[state.output]) {
      return Damaged("model graph: the next value of state " + ValueText(tables, state.input) +
                     " is a state itself, or nothing defines it");
    }
    if (input.dtype != output.dtype || input.shape != output.shape) {
      return Damaged("model graph: the next value of state " + ValueText(tables, state.input) + " is of another type");
    }
  }
  return Status::Ok();
}

// An output with a margin is compacted after the run, so nothing else may look at it then.
Status CheckCounted(const ModelTables& tables) {
  for (const ModelCountedDim& counted : tables.counted) {
    const uint32_t output = tables.outputs[counted.output];
    const auto is_output = [&](uint32_t index) { return index == output; };
    const bool is_shared = std::ranges::count_if(tables.outputs, is_output) != 1 ||
                           std::ranges::any_of(tables.inputs, is_output) || counted.count == output ||
                           tables.values[output].constant != nullptr ||
                           std::ranges::any_of(tables.states, is_output, &ModelState::output) ||
                           std::ranges::any_of(tables.states, is_output, &ModelState::input);
    const TensorType& count = tables.values[counted.count].type;
    if (!is_shared && count.dtype == DType::kI64 && count.shape.elems() == 1) continue;
    return Damaged("model graph: the counted output " + ValueText(tables, output) +
                   " is something else too, or its count is no i64 of one element");
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<TensorType>> InferNode(const ModelTables& tables, const ModelNode& node) {
  std::vector<ops::InferInput> inputs;
  for (const uint32_t index : node.inputs) {
    if (index == kOmittedInput) {
      inputs.push_back({.type = {}, .constant = nullptr, .is_present = false});
    } else {
      inputs.push_back({.type = tables.values[index].type, .constant = tables.values[index].constant});
    }
  }
  std::vector<TensorType> outputs;
  for (const uint32_t index : node.outputs) {
    outputs.push_back({DType::kF32, {}, tables.values[index].type.quant});
  }
  std::vector<ops::SubgraphTypes> subgraphs;
  for (const uint32_t index : node.subgraphs) subgraphs.push_back(TypesOf(tables.subgraphs[index]));
  VERGE_TRY(ops::GetOp(node.op).infer({node.attrs, inputs, outputs, subgraphs}));
  return outputs;
}

Status CheckGraph(const ModelTables& tables) {
  for (size_t i = 0; i < tables.subgraphs.size(); ++i) {
    Status status = CheckGraph(tables.subgraphs[i]);
    if (!status.ok()) return std::move(status).WithContext("subgraph " + std::to_string(i));
  }
  std::vector<bool> is_defined(tables.values.size(), false);
  for (size_t i = 0; i < tables.values.size(); ++i) is_defined[i] = tables.values[i].constant != nullptr;
  for (const uint32_t index : tables.inputs) {
    if (is_defined[index])
      return Damaged("model graph: input " + ValueText(tables, index) + " is a constant or listed twice");
    is_defined[index] = true;
  }
  for (const ModelState& state : tables.states) {
    if (is_defined[state.input])
      return Damaged("model graph: state " + ValueText(tables, state.input) + " is defined by something else too");
    is_defined[state.input] = true;
  }
  for (size_t i = 0; i < tables.nodes.size(); ++i) {
    const ModelNode& node = tables.nodes[i];
    Status status = CheckNode(tables, node, is_defined);
    if (!status.ok()) {
      return std::move(status).WithContext("model graph: node " + std::to_string(i) + " (" + ops::GetOp(node.op).name +
                                           " " + std::string(node.name.substr(0, 128)) + ")");
    }
  }
  for (size_t i = 0; i < tables.values.size(); ++i) {
    if (!is_defined[i]) return Damaged("model graph: nothing defines " + ValueText(tables, static_cast<uint32_t>(i)));
  }
  VERGE_TRY(CheckCounted(tables));
  return CheckStates(tables, is_defined);
}

}  // namespace verge::format
