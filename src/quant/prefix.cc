#include "quant/prefix.h"

#include <algorithm>
#include <string>

#include "ops/quant.h"

namespace verge::quant {

Prefix PrefixOf(const ir::Graph& graph, ir::ValueId value) {
  if (!graph.states.empty()) return {graph, value};
  Prefix prefix = {graph, value};
  std::vector<bool> is_wanted(graph.values.size(), false);
  is_wanted[value] = true;
  std::vector<ir::Node> nodes;
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const ir::Node& node = graph.nodes[n];
    if (std::ranges::none_of(node.outputs, [&](ir::ValueId id) { return is_wanted[id]; })) continue;
    for (const ir::ValueId id : node.inputs) {
      if (id != ir::kNoValue) is_wanted[id] = true;
    }
    nodes.push_back(node);
  }
  std::ranges::reverse(nodes);
  prefix.graph.nodes = std::move(nodes);
  prefix.graph.outputs = {value};
  prefix.graph.counted.clear();
  ir::Compact(prefix.graph);
  prefix.value = prefix.graph.outputs[0];
  return prefix;
}

void ReadReals(const Tensor& tensor, std::vector<float>& reals) {
  const size_t count = tensor.shape().elems();
  const ops::ScaleZero q = ops::ScaleOf(tensor);
  reals.resize(count);
  for (size_t i = 0; i < count; ++i) {
    switch (tensor.dtype()) {
      case DType::kI8: reals[i] = q.scale * static_cast<float>(tensor.as<const int8_t>()[i] - q.zero_point); break;
      case DType::kU8: reals[i] = q.scale * static_cast<float>(tensor.as<const uint8_t>()[i] - q.zero_point); break;
      case DType::kI16: reals[i] = q.scale * static_cast<float>(tensor.as<const int16_t>()[i] - q.zero_point); break;
      default: reals[i] = tensor.as<const float>()[i]; break;
    }
  }
}

}  // namespace verge::quant
