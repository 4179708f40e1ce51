#include "prune/layer_tail.h"

#include "ops/add/add.h"
#include "ops/conv2d/conv2d.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_ids.h"

namespace verge::prune {
namespace {

using ir::kNoValue;
using ir::ValueId;

int32_t ActivationOf(const ir::Node& node) {
  switch (node.op) {
    case ops::ids::kConv2d: return node.attrs.As<ops::Conv2dAttrs>().activation;
    case ops::ids::kDepthwiseConv2d: return node.attrs.As<ops::DepthwiseConv2dAttrs>().activation;
    case ops::ids::kFullyConnected: return node.attrs.As<ops::FullyConnectedAttrs>().activation;
    case ops::ids::kAdd: return node.attrs.As<ops::AddAttrs>().activation;
    case ops::ids::kRelu: return ops::kActivationRelu;
    case ops::ids::kRelu6: return ops::kActivationRelu6;
    default: return ops::kNoActivation;
  }
}

// The only node that reads a value; null when there are several, or the value leaves the graph.
const ir::Node* OnlyReader(const ir::Graph& graph, ValueId value) {
  const ir::Node* reader = nullptr;
  for (const ir::Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) {
      if (id != value) continue;
      if (reader != nullptr) return nullptr;
      reader = &node;
    }
  }
  for (const ValueId id : graph.outputs) {
    if (id == value) return nullptr;
  }
  for (const ir::State& state : graph.states) {
    if (state.output == value) return nullptr;
  }
  return reader;
}

bool IsMadeBefore(const ir::Graph& graph, ValueId value, size_t node) {
  for (size_t n = node; n < graph.nodes.size(); ++n) {
    for (const ValueId id : graph.nodes[n].outputs) {
      if (id == value) return false;
    }
  }
  return true;
}

}  // namespace

LayerTail TailOf(const ir::Graph& graph, const Layer& layer) {
  LayerTail tail;
  const ir::Node* at = &graph.nodes[layer.node];
  for (int step = 0; step < 3; ++step) {  // layer, sum, activation at most
    const int32_t activation = ActivationOf(*at);
    if (activation != ops::kNoActivation) {
      tail.range = ops::RangeOf(activation);
      return tail;
    }
    const ValueId value = at->outputs[0];
    const ir::Node* reader = OnlyReader(graph, value);
    if (reader == nullptr) return tail;
    if (reader->op == ops::ids::kAdd && tail.beside == kNoValue) {
      const ValueId other = reader->inputs[reader->inputs[0] == value ? 1 : 0];
      const ir::Value& beside = graph.value(other);
      const bool fits = !beside.is_constant() && beside.shape == graph.value(value).shape;
      if (!fits || !IsMadeBefore(graph, other, layer.node)) return tail;
      tail.beside = other;
    } else if (reader->op != ops::ids::kRelu && reader->op != ops::ids::kRelu6) {
      return tail;
    }
    at = reader;
  }
  return tail;
}

}  // namespace verge::prune
