#include "prune/channel_labels.h"

#include <algorithm>
#include <numeric>

#include "ops/matmul/matmul.h"
#include "ops/op_ids.h"

namespace verge::prune {

using ir::kNoValue;
using ir::ValueId;

Labels::Labels(const ir::Graph& graph) : graph_(graph), reasons_{"", "one position only"} {
  Label next = 0;
  for (const ir::Value& value : graph.values) {
    std::vector<Label> first;
    for (int d = 0; d < value.shape.rank(); ++d) {
      first.push_back(next);
      next += static_cast<Label>(value.shape[d]);
      lock_.resize(next, value.shape[d] == 1 ? 1 : 0);
    }
    first_.push_back(std::move(first));
  }
  parent_.resize(next);
  std::iota(parent_.begin(), parent_.end(), Label{0});
}

Axis Labels::Of(ValueId value, int dim) const {
  Axis axis(static_cast<size_t>(graph_.value(value).shape[dim]));
  std::iota(axis.begin(), axis.end(), First(value, dim));
  return axis;
}

std::vector<Axis> Labels::AxesOf(ValueId value) const {
  std::vector<Axis> axes;
  for (int d = 0; d < graph_.value(value).shape.rank(); ++d) axes.push_back(Of(value, d));
  return axes;
}

Label Labels::Root(Label label) const {
  while (parent_[label] != label) {
    parent_[label] = parent_[parent_[label]];
    label = parent_[label];
  }
  return label;
}

void Labels::Tie(Label a, Label b) {
  a = Root(a);
  b = Root(b);
  if (a == b) return;
  if (b < a) std::swap(a, b);  // the smallest label is the root, whatever the order of ties
  parent_[b] = a;
  if (lock_[a] == 0) lock_[a] = lock_[b];
}

void Labels::Tie(const Axis& a, const Axis& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) Tie(a[i], b[i]);
}

uint32_t Labels::ReasonId(const std::string& reason) {
  const auto at = std::find(reasons_.begin(), reasons_.end(), reason);
  if (at != reasons_.end()) return static_cast<uint32_t>(at - reasons_.begin());
  reasons_.push_back(reason);
  return static_cast<uint32_t>(reasons_.size() - 1);
}

void Labels::Lock(const Axis& axis, const std::string& reason) {
  const uint32_t id = ReasonId(reason);
  for (const Label label : axis) {
    uint32_t& lock = lock_[Root(label)];
    if (lock == 0) lock = id;
  }
}

void Labels::LockAll(ValueId value, const std::string& reason) {
  for (const Axis& axis : AxesOf(value)) Lock(axis, reason);
}

namespace {

uint64_t MacsOf(const ir::Graph& graph, const ir::Node& node) {
  std::vector<TensorType> inputs;
  std::vector<TensorType> outputs;
  for (const ValueId id : node.inputs) inputs.push_back(id == kNoValue ? TensorType() : graph.value(id).type());
  for (const ValueId id : node.outputs) outputs.push_back(graph.value(id).type());
  return ops::GetOp(node.op).macs(node.attrs, inputs, outputs);
}

bool IsFloatConstant(const ir::Graph& graph, ValueId id) {
  return graph.value(id).is_constant() && graph.value(id).dtype == DType::kF32;
}

// matmul with one constant side.
bool MatmulRole(const ir::Graph& graph, const ir::Node& node, WeightRole& role) {
  const auto& attrs = node.attrs.As<ops::MatmulAttrs>();
  const size_t side = IsFloatConstant(graph, node.inputs[1]) ? 1 : 0;
  role.weights = node.inputs[side];
  const int rank = graph.value(role.weights).shape.rank();
  if (!IsFloatConstant(graph, role.weights) || graph.value(node.inputs[1 - side]).is_constant() || rank != 2) {
    return false;
  }
  const bool is_turned = side == 1 ? attrs.transpose_b : attrs.transpose_a;
  role.consumer_dim = (side == 1) != is_turned ? 0 : 1;
  role.producer_dim = 1 - role.consumer_dim;
  if (side == 1 && !attrs.transpose_a) role.input = node.inputs[0];
  return true;
}

}  // namespace

std::vector<WeightRole> FindRoles(const ir::Graph& graph) {
  std::vector<WeightRole> roles;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    WeightRole role;
    role.node = n;
    role.macs = MacsOf(graph, node);
    if (node.op == ops::ids::kMatmul) {
      if (MatmulRole(graph, node, role)) roles.push_back(role);
      continue;
    }
    const bool is_depthwise = node.op == ops::ids::kDepthwiseConv2d;
    const bool is_layer = node.op == ops::ids::kConv2d || node.op == ops::ids::kConvNd ||
                          node.op == ops::ids::kConvTranspose || node.op == ops::ids::kFullyConnected;
    if ((!is_layer && !is_depthwise) || !IsFloatConstant(graph, node.inputs[1])) continue;
    role.weights = node.inputs[1];
    const int last = graph.value(role.weights).shape.rank() - 1;
    role.producer_dim = is_depthwise ? last : 0;
    role.consumer_dim = is_depthwise ? -1 : last;
    role.input = node.inputs[0];
    roles.push_back(role);
  }
  return roles;
}

uint64_t CountMacs(const ir::Graph& graph) {
  uint64_t macs = 0;
  for (const ir::Node& node : graph.nodes) macs += MacsOf(graph, node);
  return macs;
}

}  // namespace verge::prune
