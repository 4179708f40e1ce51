// Moves a factor or an offset of each output channel into the convolution before it: what a batch normalisation is at
// inference. mul(conv(x, w, b), s) -> conv(x, s w, s b);  add(conv(x, w, b), o) -> conv(x, w, b + o).
//
// Only when nobody else reads the convolution, its weights are f32 constants, and it has no activation yet; s and o
// hold one number, or one an output channel along the last dimension.

#include "ops/add/add.h"
#include "ops/conv2d/conv2d.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/mul/mul.h"
#include "ops/op_ids.h"
#include "opt/pass.h"
#include "opt/uses.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

bool HasNoActivation(const ir::Node& node) {
  if (node.op == ops::ids::kConv2d) return node.attrs.As<ops::Conv2dAttrs>().activation == ops::kNoActivation;
  if (node.op == ops::ids::kDepthwiseConv2d)
    return node.attrs.As<ops::DepthwiseConv2dAttrs>().activation == ops::kNoActivation;
  return node.op == ops::ids::kConvNd || node.op == ops::ids::kConvTranspose;
}

bool IsConvolution(const ir::Graph& graph, const ir::Node& node) {
  if (!HasNoActivation(node) || graph.value(node.outputs[0]).dtype != DType::kF32) return false;
  if (!graph.value(node.inputs[1]).is_constant()) return false;
  return node.inputs.size() < 3 || node.inputs[2] == kNoValue || graph.value(node.inputs[2]).is_constant();
}

// One number a channel; empty when the constant does not hold that.
std::vector<float> PerChannel(const ir::Value& value, int64_t channels) {
  if (!value.is_constant() || value.dtype != DType::kF32) return {};
  const auto* data = reinterpret_cast<const float*>(value.constant->data());
  if (value.shape.elems() == 1) return std::vector<float>(static_cast<size_t>(channels), data[0]);
  const int rank = value.shape.rank();
  if (value.shape.elems() != static_cast<size_t>(channels) || value.shape[rank - 1] != channels) return {};
  return {data, data + channels};
}

const float* Floats(const ir::Graph& graph, ValueId id) {
  return reinterpret_cast<const float*>(graph.value(id).constant->data());
}

ValueId AddFloats(ir::Graph& graph, const std::string& name, const Shape& shape, const std::vector<float>& values) {
  return graph.AddConstant(name, DType::kF32, shape, values.data());
}

// Made from the node's name, which is unique, and the number the value is going to have.
std::string NewName(const ir::Graph& graph, const ir::Node& conv, const char* what) {
  return conv.name + what + std::to_string(graph.values.size());
}

std::vector<float> BiasOf(const ir::Graph& graph, const ir::Node& conv, size_t channels) {
  if (conv.inputs.size() < 3 || conv.inputs[2] == kNoValue) return std::vector<float>(channels, 0.0f);
  const float* bias = Floats(graph, conv.inputs[2]);
  return {bias, bias + channels};
}

void SetBias(ir::Graph& graph, ir::Node& conv, const std::vector<float>& bias) {
  conv.inputs.resize(3, kNoValue);
  conv.inputs[2] = AddFloats(graph, NewName(graph, conv, ".bias"), {static_cast<int64_t>(bias.size())}, bias);
}

void Scale(ir::Graph& graph, ir::Node& conv, const std::vector<float>& factor) {
  const Shape shape = graph.value(conv.inputs[1]).shape;
  const float* w = Floats(graph, conv.inputs[1]);
  std::vector<float> scaled(w, w + shape.elems());
  // The output channel is the last dimension of depthwise weights, and the first of all others.
  const bool last = conv.op == ops::ids::kDepthwiseConv2d;
  const size_t run = scaled.size() / factor.size();
  for (size_t i = 0; i < scaled.size(); ++i) scaled[i] *= factor[last ? i % factor.size() : i / run];
  const bool has_bias = conv.inputs.size() > 2 && conv.inputs[2] != kNoValue;
  std::vector<float> bias = BiasOf(graph, conv, factor.size());
  for (size_t i = 0; i < bias.size(); ++i) bias[i] *= factor[i];
  conv.inputs[1] = AddFloats(graph, NewName(graph, conv, ".weights"), shape, scaled);
  if (has_bias) SetBias(graph, conv, bias);
}

void Offset(ir::Graph& graph, ir::Node& conv, const std::vector<float>& offset) {
  std::vector<float> bias = BiasOf(graph, conv, offset.size());
  for (size_t i = 0; i < bias.size(); ++i) bias[i] += offset[i];
  SetBias(graph, conv, bias);
}

// The activation of an add or mul, which moves to the convolution with it.
int32_t ActivationOf(const ir::Node& node) {
  return node.op == ops::ids::kAdd ? node.attrs.As<ops::AddAttrs>().activation
                                   : node.attrs.As<ops::MulAttrs>().activation;
}

}  // namespace

Result<PassReport> FoldBatchNorm(ir::Graph& graph) {
  std::vector<ValueUses> uses = FindUses(graph);
  std::vector<bool> is_folded(graph.nodes.size(), false);
  PassReport report;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    if ((node.op != ops::ids::kMul && node.op != ops::ids::kAdd) || ActivationOf(node) != ops::kNoActivation) continue;
    for (size_t side = 0; side < 2 && !is_folded[n]; ++side) {
      const ValueId data = node.inputs[side];
      const ValueUses use = uses[data];
      if (use.producer == kNoNode || use.reads != 1 || use.is_graph_output) continue;
      ir::Node& conv = graph.nodes[use.producer];
      if (!IsConvolution(graph, conv)) continue;
      const Shape& shape = graph.value(data).shape;
      const std::vector<float> numbers = PerChannel(graph.value(node.inputs[1 - side]), shape[shape.rank() - 1]);
      if (numbers.empty() || !(graph.value(node.outputs[0]).shape == shape)) continue;
      if (node.op == ops::ids::kMul) {
        Scale(graph, conv, numbers);
      } else {
        Offset(graph, conv, numbers);
      }
      conv.outputs[0] = node.outputs[0];
      uses.resize(graph.values.size());
      uses[node.outputs[0]].producer = use.producer;
      is_folded[n] = true;
      ++report.changes;
    }
  }
  size_t n = 0;
  std::erase_if(graph.nodes, [&](const ir::Node&) { return is_folded[n++]; });
  return report;
}

}  // namespace verge::opt
