#include "ir/verify.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace verge::ir {
namespace {

std::string NodeLabel(const Node& node) { return "node '" + node.name + "' (" + ops::GetOp(node.op).name + ")"; }

Status CheckIds(const Graph& graph, const std::vector<ValueId>& ids, bool may_be_missing, const std::string& where) {
  for (const ValueId id : ids) {
    if (id == kNoValue && may_be_missing) continue;
    if (id >= graph.values.size()) {
      return VERGE_ERROR(kInvalidArgument, where + " refers to value " + std::to_string(id) + " of " +
                                               std::to_string(graph.values.size()));
    }
  }
  return Status::Ok();
}

Status CheckSubgraphIds(const Graph& graph, const Node& node) {
  for (const uint32_t index : node.subgraphs) {
    if (index < graph.subgraphs.size()) continue;
    return VERGE_ERROR(kInvalidArgument, NodeLabel(node) + " refers to subgraph " + std::to_string(index) + " of " +
                                             std::to_string(graph.subgraphs.size()));
  }
  return Status::Ok();
}

Status CheckRange(const Graph& graph) {
  if (graph.values.size() > kMaxValues || graph.nodes.size() > kMaxNodes) {
    return VERGE_ERROR(kResourceExhausted,
                       "the graph has more than " + std::to_string(kMaxValues) + " values or nodes");
  }
  VERGE_TRY(CheckIds(graph, graph.inputs, false, "the list of graph inputs"));
  VERGE_TRY(CheckIds(graph, graph.outputs, false, "the list of graph outputs"));
  for (const Node& node : graph.nodes) {
    if (node.op >= ops::AllOps().size()) {
      return VERGE_ERROR(kInvalidArgument, "node '" + node.name + "' has the unknown op " + std::to_string(node.op));
    }
    VERGE_TRY(CheckIds(graph, node.inputs, true, NodeLabel(node)));
    VERGE_TRY(CheckIds(graph, node.outputs, false, NodeLabel(node)));
    VERGE_TRY(CheckSubgraphIds(graph, node));
  }
  for (const State& state : graph.states) {
    VERGE_TRY(CheckIds(graph, {state.input, state.output}, false, "the list of states"));
    VERGE_TRY(CheckIds(graph, {state.initial}, true, "the list of states"));
  }
  for (const CountedDim& counted : graph.counted) {
    VERGE_TRY(CheckIds(graph, {counted.count}, false, "the list of counted sizes"));
  }
  return Status::Ok();
}

class Names {
 public:
  explicit Names(const char* what) : what_(what) {}
  Status Add(const std::string& name) {
    if (name.empty() || name.size() > kMaxNameBytes) {
      return VERGE_ERROR(kInvalidArgument, std::string("a ") + what_ + " has no name or one of more than " +
                                               std::to_string(kMaxNameBytes) + " bytes");
    }
    if (seen_.insert(name).second) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, std::string("two ") + what_ + "s are called '" + name + "'");
  }

 private:
  const char* what_;
  std::unordered_set<std::string_view> seen_;
};

Status CheckNames(const Graph& graph) {
  Names values("value");
  for (const Value& value : graph.values) VERGE_TRY(values.Add(value.name));
  Names nodes("node");
  for (const Node& node : graph.nodes) VERGE_TRY(nodes.Add(node.name));
  return Status::Ok();
}

Status CheckConstants(const Graph& graph) {
  for (const Value& value : graph.values) {
    if (value.quant.zero_points.size() != value.quant.scales.size()) {
      return VERGE_ERROR(kInvalidArgument, "value '" + value.name + "' has " +
                                               std::to_string(value.quant.scales.size()) + " scales and " +
                                               std::to_string(value.quant.zero_points.size()) + " zero points");
    }
    if (!value.is_constant()) continue;
    const std::optional<size_t> bytes = value.type().CheckedBytes();
    if (!bytes || *bytes != value.constant->size()) {
      return VERGE_ERROR(kInvalidArgument, "constant '" + value.name + "' has " +
                                               std::to_string(value.constant->size()) + " bytes, its type " +
                                               DTypeName(value.dtype) + ToString(value.shape) + " wants " +
                                               (bytes ? std::to_string(*bytes) : "more than memory holds"));
    }
  }
  return Status::Ok();
}

Status CheckOrder(const Graph& graph) {
  std::vector<bool> defined(graph.values.size(), false);
  const auto define = [&](ValueId id, const std::string& where) -> Status {
    if (graph.value(id).is_constant() || defined[id]) {
      return VERGE_ERROR(kInvalidArgument, where + " defines value '" + graph.value(id).name + "' again");
    }
    defined[id] = true;
    return Status::Ok();
  };
  const auto use = [&](ValueId id, const std::string& where) -> Status {
    if (id == kNoValue || graph.value(id).is_constant() || defined[id]) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument,
                       where + " uses value '" + graph.value(id).name + "' before anything defines it");
  };
  for (const ValueId id : graph.inputs) VERGE_TRY(define(id, "the list of graph inputs"));
  for (const State& state : graph.states) VERGE_TRY(define(state.input, "the list of states"));
  for (const Node& node : graph.nodes) {
    const std::string label = NodeLabel(node);
    for (const ValueId id : node.inputs) VERGE_TRY(use(id, label));
    for (const ValueId id : node.outputs) VERGE_TRY(define(id, label));
  }
  for (const ValueId id : graph.outputs) VERGE_TRY(use(id, "the list of graph outputs"));
  for (const State& state : graph.states) VERGE_TRY(use(state.output, "the list of states"));
  for (const CountedDim& counted : graph.counted) VERGE_TRY(use(counted.count, "the list of counted sizes"));
  return Status::Ok();
}

Status CheckTypes(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    VERGE_TRY_ASSIGN(const std::vector<TensorType> types, InferNode(graph, node));
    for (size_t i = 0; i < types.size(); ++i) {
      const Value& value = graph.value(node.outputs[i]);
      if (value.dtype == types[i].dtype && value.shape == types[i].shape) continue;
      return VERGE_ERROR(kInvalidArgument, NodeLabel(node) + " makes " + DTypeName(types[i].dtype) +
                                               ToString(types[i].shape) + " but its output '" + value.name + "' is " +
                                               DTypeName(value.dtype) + ToString(value.shape));
    }
  }
  return Status::Ok();
}

Status CheckStates(const Graph& graph) {
  std::vector<bool> is_state(graph.values.size(), false);
  for (const State& state : graph.states) is_state[state.input] = true;
  for (const State& state : graph.states) {
    const Value& input = graph.value(state.input);
    const auto fits = [&](ValueId id) {
      return graph.value(id).dtype == input.dtype && graph.value(id).shape == input.shape;
    };
    if (is_state[state.output]) {
      return VERGE_ERROR(kInvalidArgument, "the next value of state '" + input.name + "' is the state '" +
                                               graph.value(state.output).name + "'; it must be the result of a node");
    }
    if (!fits(state.output)) {
      return VERGE_ERROR(kInvalidArgument, "the next value of state '" + input.name + "' is '" +
                                               graph.value(state.output).name + "', which is of another type");
    }
    if (state.initial == kNoValue) continue;
    if (!fits(state.initial) || !graph.value(state.initial).is_constant()) {
      return VERGE_ERROR(kInvalidArgument,
                         "the first value of state '" + input.name + "' is no constant of the state's type");
    }
  }
  return Status::Ok();
}

// An output with a margin is compacted after the run, so nothing else may look at it then.
Status CheckCounted(const Graph& graph) {
  for (const CountedDim& counted : graph.counted) {
    const std::string where =
        "counted dimension " + std::to_string(counted.dim) + " of output " + std::to_string(counted.output);
    if (counted.output >= graph.outputs.size())
      return VERGE_ERROR(kInvalidArgument, where + ": there is no such output");
    const ValueId output = graph.outputs[counted.output];
    const Value& value = graph.value(output);
    if (counted.dim < 0 || counted.dim >= value.shape.rank() || counted.factor < 1) {
      return VERGE_ERROR(kInvalidArgument, where + ": there is no such dimension, or the factor is below 1");
    }
    const auto is_output = [&](ValueId id) { return id == output; };
    const bool is_shared = std::ranges::count_if(graph.outputs, is_output) != 1 ||
                           std::ranges::any_of(graph.inputs, is_output) || value.is_constant() ||
                           counted.count == output || std::ranges::any_of(graph.states, is_output, &State::output) ||
                           std::ranges::any_of(graph.states, is_output, &State::input);
    if (is_shared) return VERGE_ERROR(kInvalidArgument, where + ": the value is not that output's alone");
    const Value& count = graph.value(counted.count);
    if (count.dtype != DType::kI64 || count.shape.elems() != 1) {
      return VERGE_ERROR(kInvalidArgument, where + ": '" + count.name + "' is no i64 of one element");
    }
  }
  return Status::Ok();
}

Status VerifyAt(const Graph& graph, int depth);

Status VerifySubgraphs(const Graph& graph, int depth) {
  if (graph.subgraphs.empty()) return Status::Ok();
  if (depth >= kMaxSubgraphDepth || graph.subgraphs.size() > kMaxSubgraphs) {
    return VERGE_ERROR(kResourceExhausted, "subgraphs are nested deeper than " + std::to_string(kMaxSubgraphDepth) +
                                               ", or there are more than " + std::to_string(kMaxSubgraphs));
  }
  for (size_t i = 0; i < graph.subgraphs.size(); ++i) {
    const Graph& subgraph = graph.subgraphs[i];
    const std::string where = "subgraph " + std::to_string(i);
    if (!subgraph.states.empty() || !subgraph.counted.empty()) {
      return VERGE_ERROR(kInvalidArgument, where + " has states or counted sizes of its own");
    }
    Status status = VerifyAt(subgraph, depth + 1);
    if (!status.ok()) return std::move(status).WithContext(where);
  }
  return Status::Ok();
}

Status VerifyAt(const Graph& graph, int depth) {
  VERGE_TRY(CheckRange(graph));
  VERGE_TRY(CheckNames(graph));
  VERGE_TRY(CheckConstants(graph));
  VERGE_TRY(CheckOrder(graph));
  VERGE_TRY(CheckStates(graph));
  VERGE_TRY(CheckCounted(graph));
  VERGE_TRY(VerifySubgraphs(graph, depth));
  return CheckTypes(graph);
}

}  // namespace

Status Verify(const Graph& graph) { return VerifyAt(graph, 0); }

}  // namespace verge::ir
