#include "quant/layers.h"

namespace verge::quant {

Channels ChannelsOf(const ir::Graph& graph, const ir::Node& node, const Rule& rule) {
  return {graph.value(node.inputs[1]).shape, rule.weight_axis};
}

bool HasBias(const ir::Node& node) { return node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue; }

std::vector<LayerCode> MakeLayerCodes(const ir::Graph& graph, const std::vector<NodePlan>& plans, const Scales& scales,
                                      bool wants_bias) {
  std::vector<LayerCode> codes(plans.size());
  for (size_t n = 0; n < plans.size(); ++n) {
    if (!plans[n].is_layer()) continue;
    const ir::Node& node = graph.nodes[n];
    const Channels channels = ChannelsOf(graph, node, *plans[n].rule);
    const std::span<const float> weights = Floats(graph.value(node.inputs[1]));
    std::vector<float> zeros;
    std::span<const float> bias;
    if (HasBias(node)) {
      bias = Floats(graph.value(node.inputs[2]));
    } else if (wants_bias) {
      zeros.assign(channels.count, 0.0f);
      bias = zeros;
    }
    LayerCode& code = codes[n];
    code.is_layer = true;
    code.limit = plans[n].precision == Precision::kW4A8 ? kLimit4 : kLimit8;
    code.width = plans[n].dtype() == DType::kI16 ? SumWidth::k64 : SumWidth::k32;
    code.x_scale = scales.Of(node.inputs[0], plans[n].dtype()).scale;
    std::vector<float> steps = WeightScales(weights, channels, code.limit);
    RaiseScales(weights, channels, bias, code.x_scale, code.width, steps);
    code.weights = RoundToNearest(weights, channels, std::move(steps), code.limit);
    code.bias = BiasSteps(bias, code.x_scale, code.weights.scales, code.width);
  }
  return codes;
}

}  // namespace verge::quant
