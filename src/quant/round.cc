#include "quant/round.h"

#include <algorithm>

#include "ops/op_ids.h"
#include "quant/layer_view.h"

namespace verge::quant {
namespace {

constexpr size_t kMostInputs = 4096;
constexpr size_t kMostGramElems = (size_t{256} << 20) / sizeof(double);
constexpr size_t kRows = 4096;  // that H is the mean of, over all samples

struct Layer {
  size_t node;
  LayerView view;
  std::vector<Gram> grams;  // one a group
  size_t elems() const { return view.groups() * view.fan_in() * view.fan_in(); }
};

std::vector<Layer> ChooseLayers(const ir::Graph& graph, const std::vector<NodePlan>& plans,
                                const std::vector<LayerCode>& codes, const RoundOptions& options) {
  struct Candidate {
    double sqnr;
    Layer layer;
  };
  std::vector<Candidate> candidates;
  for (size_t n = 0; n < plans.size(); ++n) {
    if (!plans[n].is_layer()) continue;
    const ir::Node& node = graph.nodes[n];
    const std::optional<LayerView> view = LayerView::Of(graph, node);
    if (!view || view->fan_in() > kMostInputs) continue;
    if (options.only_depthwise && node.op != ops::ids::kDepthwiseConv2d) continue;
    const double sqnr =
        WeightSqnr(Floats(graph.value(node.inputs[1])), ChannelsOf(graph, node, *plans[n].rule), codes[n].weights);
    candidates.push_back({sqnr, {n, *view, {}}});
  }
  std::ranges::stable_sort(candidates, {}, &Candidate::sqnr);
  const size_t most = options.most_layers;
  if (most > 0 && candidates.size() > most) candidates.resize(most, candidates.front());
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return c.layer.node; });
  std::vector<Layer> layers;
  for (Candidate& c : candidates) layers.push_back(std::move(c.layer));
  return layers;
}

// Adds evenly spread rows of one input to the H of every group.
void Watch(std::span<const float> x, size_t rows_a_sample, Layer& layer) {
  const LayerView& view = layer.view;
  const size_t rows = std::min(view.rows(), rows_a_sample);
  std::vector<float> patch(view.patch_size()), part(view.fan_in());
  for (size_t i = 0; i < rows; ++i) {
    view.ReadPatch(x, i * view.rows() / rows, patch);
    for (size_t g = 0; g < view.groups(); ++g) {
      for (size_t f = 0; f < part.size(); ++f) part[f] = patch[view.PatchIndex(g, f)];
      layer.grams[g].Add(part);
    }
  }
}

// Keeps weights near where they were in directions that the samples say little about.
void Steady(Gram& gram) {
  constexpr double kShare = 0.01;
  double mean = 0;
  for (size_t i = 0; i < gram.n; ++i) mean += gram.at[i * gram.n + i] / static_cast<double>(gram.n);
  for (size_t i = 0; i < gram.n; ++i) gram.at[i * gram.n + i] += kShare * mean;
}

void RoundLayer(const ir::Graph& graph, Layer& layer, LayerCode& code) {
  const LayerView& view = layer.view;
  const std::span<const float> w = Floats(graph.value(graph.nodes[layer.node].inputs[1]));
  const size_t channels_a_group = view.channels() / view.groups();
  for (size_t g = 0; g < view.groups(); ++g) {
    Steady(layer.grams[g]);
    std::vector<std::vector<double>> steps(channels_a_group, std::vector<double>(view.fan_in()));
    for (size_t c = 0; c < channels_a_group; ++c) {
      const size_t o = g * channels_a_group + c;
      for (size_t f = 0; f < view.fan_in(); ++f) {
        steps[c][f] = static_cast<double>(w[view.WeightIndex(o, f)] / code.weights.scales[o]);
      }
    }
    const std::vector<std::vector<int8_t>> rounded = RoundChannels(layer.grams[g], steps, code.limit);
    for (size_t c = 0; c < channels_a_group; ++c) {
      for (size_t f = 0; f < view.fan_in(); ++f) {
        code.weights.q[view.WeightIndex(g * channels_a_group + c, f)] = rounded[c][f];
      }
    }
  }
}

Status Measure(const ir::Graph& graph, std::span<Layer> layers, Activations& activations) {
  std::vector<ir::ValueId> watched;
  for (Layer& layer : layers) {
    layer.grams.assign(layer.view.groups(), Gram(layer.view.fan_in()));
    watched.push_back(graph.nodes[layer.node].inputs[0]);
  }
  std::ranges::sort(watched);
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  const size_t rows = std::max<size_t>(kRows / activations.samples(), 1);
  return activations.Run(graph, watched, 0, activations.samples(),
                         [&](size_t, ir::ValueId id, const Tensor& x) -> Status {
                           for (Layer& layer : layers) {
                             if (graph.nodes[layer.node].inputs[0] != id) continue;
                             Watch({x.as<const float>(), x.shape().elems()}, rows, layer);
                           }
                           return Status::Ok();
                         });
}

}  // namespace

Status RoundAdaptively(const ir::Graph& graph, const std::vector<NodePlan>& plans, Activations& activations,
                       const RoundOptions& options, std::vector<LayerCode>& codes) {
  std::vector<Layer> layers = ChooseLayers(graph, plans, codes, options);
  for (size_t first = 0; first < layers.size();) {
    size_t last = first, elems = 0;
    while (last < layers.size() && (last == first || elems + layers[last].elems() <= kMostGramElems)) {
      elems += layers[last++].elems();
    }
    const std::span<Layer> batch = std::span(layers).subspan(first, last - first);
    VERGE_TRY(Measure(graph, batch, activations));
    for (Layer& layer : batch) {
      RoundLayer(graph, layer, codes[layer.node]);
      layer.grams.clear();
      ++first;
      if (options.progress != nullptr)
        VERGE_TRY(options.progress({.stage = "round", .done = first, .total = layers.size()}));
    }
  }
  return Status::Ok();
}

}  // namespace verge::quant
