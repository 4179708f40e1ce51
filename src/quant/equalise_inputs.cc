#include "quant/equalise_inputs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "ops/op_ids.h"
#include "quant/channel_factors.h"
#include "quant/layer_view.h"
#include "quant/layers.h"
#include "quant/names.h"

namespace verge::quant {
namespace {

// Whether the layer sees the last dimension of its input as channels, and does not flatten it.
bool HasChannelsLast(const ir::Graph& graph, const ir::Node& node, const LayerView& view) {
  const Shape& x = graph.value(node.inputs[0]).shape;
  return x.rank() > 0 && static_cast<size_t>(x[x.rank() - 1]) == view.in_channels();
}

// Integer layers that alone read a value which an f32 node makes, their constants being their own.
std::vector<size_t> FindLayers(const ir::Graph& graph, const std::vector<NodePlan>& plans) {
  std::vector<size_t> reads(graph.values.size(), 0);
  std::vector<bool> is_made_real(graph.values.size(), false);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ir::ValueId id : graph.nodes[n].inputs) {
      if (id != ir::kNoValue) ++reads[id];
    }
    for (const ir::ValueId id : graph.nodes[n].outputs) is_made_real[id] = !plans[n].is_static();
  }
  for (const ir::ValueId id : graph.outputs) ++reads[id];
  for (const ir::State& state : graph.states) ++reads[state.output];
  std::vector<size_t> layers;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    const std::optional<LayerView> view = LayerView::Of(graph, node);
    if (!plans[n].is_layer() || !view || !HasChannelsLast(graph, node, *view)) continue;
    const bool is_own = reads[node.inputs[0]] == 1 && reads[node.inputs[1]] == 1;
    if (is_own && is_made_real[node.inputs[0]]) layers.push_back(n);
  }
  return layers;
}

// x * (1 / s) in front of a layer. The constant has one dimension: channels are last.
ir::Node MakeMul(ir::Graph& graph, Names& names, ir::ValueId x, const std::vector<double>& factors) {
  std::vector<float> inverse(factors.size());
  for (size_t i = 0; i < factors.size(); ++i) inverse[i] = 1 / static_cast<float>(factors[i]);
  const std::string name = names.New(graph.value(x).name + ".evened");
  const ir::ValueId by =
      graph.AddConstant(names.New(name + ".by"), DType::kF32, {static_cast<int64_t>(inverse.size())}, inverse.data());
  const ir::ValueId result = graph.AddValue({.name = name, .dtype = DType::kF32, .shape = graph.value(x).shape});
  ir::Node node = {.op = ops::ids::kMul, .name = name, .attrs = {}, .inputs = {x, by}, .outputs = {result}};
  ops::GetOp(node.op).init_attrs(node.attrs);
  return node;
}

Status Observe(const ir::Graph& graph, Activations& activations, const EqualiseOptions& options,
               std::map<ir::ValueId, SeenChannels>& seen) {
  std::vector<ir::ValueId> watched;
  for (const auto& [id, channels] : seen) watched.push_back(id);
  const size_t samples = std::min(activations.samples(), options.most_samples);
  size_t told = 0;  // samples that were reported
  VERGE_TRY(activations.Run(graph, watched, 0, samples, [&](size_t sample, ir::ValueId id, const Tensor& x) -> Status {
    seen.at(id).Add(x);
    if (options.progress == nullptr || sample < told) return Status::Ok();
    told = sample + 1;
    return options.progress({.stage = "equalise inputs", .done = sample + 1, .total = samples});
  }));
  for (auto& [id, channels] : seen) channels.Finish();
  return Status::Ok();
}

}  // namespace

Result<size_t> EqualiseInputs(ir::Graph& graph, const std::vector<NodePlan>& plans, Activations& activations,
                              const EqualiseOptions& options) {
  const std::vector<size_t> layers = FindLayers(graph, plans);
  if (layers.empty()) return size_t{0};
  std::map<ir::ValueId, SeenChannels> seen;
  for (const size_t n : layers) {
    seen.emplace(graph.nodes[n].inputs[0], LayerView::Of(graph, graph.nodes[n])->in_channels());
  }
  VERGE_TRY(Observe(graph, activations, options, seen));
  Names names;
  for (const ir::Value& value : graph.values) names.Take(value.name);
  for (const ir::Node& node : graph.nodes) names.Take(node.name);
  std::map<size_t, ir::Node> added;  // in front of which node
  for (const size_t n : layers) {
    const ir::ValueId x = graph.nodes[n].inputs[0];
    const std::optional<std::vector<double>> factors =
        ChooseFactors(*LayerView::Of(graph, graph.nodes[n]), Floats(graph.value(graph.nodes[n].inputs[1])), seen.at(x),
                      false, options);
    if (!factors) continue;
    ScaleReader(graph, graph.nodes[n], *factors);
    ir::Node mul = MakeMul(graph, names, x, *factors);
    graph.nodes[n].inputs[0] = mul.outputs[0];
    added.emplace(n, std::move(mul));
  }
  std::vector<ir::Node> nodes;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (const auto mul = added.find(n); mul != added.end()) nodes.push_back(std::move(mul->second));
    nodes.push_back(std::move(graph.nodes[n]));
  }
  graph.nodes = std::move(nodes);
  return added.size();
}

}  // namespace verge::quant
