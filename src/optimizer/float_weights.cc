#include "optimizer/float_weights.h"

#include <map>
#include <vector>

namespace verge::optimizer {
namespace {

std::vector<float> ToFloat(const ir::Value& value) {
  std::vector<float> out(value.shape.elems());
  const auto* const from = reinterpret_cast<const int8_t*>(value.constant->data());
  const ir::Quant& quant = value.quant;
  const bool has_channels = quant.scales.size() > 1;
  size_t inner = 1;
  for (int d = quant.axis + 1; has_channels && d < value.shape.rank(); ++d)
    inner *= static_cast<size_t>(value.shape[d]);
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t channel = has_channels ? i / inner % quant.scales.size() : 0;
    const int32_t zero_point = quant.zero_points.empty() ? 0 : quant.zero_points[channel];
    out[i] = static_cast<float>(from[i] - zero_point) * quant.scales[channel];
  }
  return out;
}

bool IsHybrid(const ir::Graph& graph, const ir::Node& node) {
  return node.inputs.size() > 1 && node.inputs[0] != ir::kNoValue && graph.value(node.inputs[0]).dtype == DType::kF32;
}

bool IsQuantisedConstant(const ir::Value& value) {
  return value.is_constant() && value.dtype == DType::kI8 && !value.quant.scales.empty();
}

}  // namespace

size_t UseFloatWeights(ir::Graph& graph) {
  std::map<ir::ValueId, ir::ValueId> made;  // one f32 constant for all readers of an i8 one
  for (ir::Node& node : graph.nodes) {
    if (!IsHybrid(graph, node)) continue;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      const ir::ValueId id = node.inputs[i];
      if (id == ir::kNoValue || !IsQuantisedConstant(graph.value(id))) continue;
      const auto [entry, is_new] = made.try_emplace(id, ir::kNoValue);
      if (is_new) {
        const ir::Value stored = graph.value(id);
        entry->second = graph.AddConstant(stored.name + ".f32", DType::kF32, stored.shape, ToFloat(stored).data());
      }
      node.inputs[i] = entry->second;
    }
  }
  return made.size();
}

}  // namespace verge::optimizer
