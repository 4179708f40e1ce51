#include "quant/correct_bias.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "quant/layer_view.h"
#include "quant/prefix.h"
#include "quant/rewrite.h"

namespace verge::quant {
namespace {

// The mean over positions and a few samples is steady; each layer costs a run of what is before it for each sample.
constexpr size_t kMostSamples = 64, kLeastSamples = 8, kMostRuns = 1024;

// The mean patch of a layer's input.
struct PatchMean {
  std::vector<double> sum;
  double rows = 0;

  void Add(const LayerView& view, std::span<const float> x) {
    sum.resize(view.patch_size(), 0);
    std::vector<float> patch(view.patch_size());
    for (size_t row = 0; row < view.rows(); ++row) {
      view.ReadPatch(x, row, patch);
      for (size_t i = 0; i < patch.size(); ++i) sum[i] += static_cast<double>(patch[i]);
    }
    rows += static_cast<double>(view.rows());
  }
  double At(size_t i) const { return sum[i] / rows; }
};

struct Layer {
  size_t node;          // of the float graph
  size_t integer_node;  // of the integer graph
  LayerView view;
};

std::vector<Layer> FindLayers(const ir::Graph& floats, const std::vector<NodePlan>& plans, const ir::Graph& integers) {
  std::map<std::string, size_t> by_name;
  for (size_t n = 0; n < integers.nodes.size(); ++n) by_name[integers.nodes[n].name] = n;
  std::vector<Layer> layers;
  for (size_t n = 0; n < plans.size(); ++n) {
    if (!plans[n].is_layer()) continue;
    const std::optional<LayerView> view = LayerView::Of(floats, floats.nodes[n]);
    if (view) layers.push_back({n, by_name.at(floats.nodes[n].name), *view});
  }
  return layers;
}

Result<std::vector<PatchMean>> FloatMeans(const ir::Graph& floats, const std::vector<Layer>& layers,
                                          Activations& activations, size_t samples) {
  std::vector<PatchMean> means(layers.size());
  std::vector<ir::ValueId> watched;
  for (const Layer& layer : layers) watched.push_back(floats.nodes[layer.node].inputs[0]);
  std::ranges::sort(watched);
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  VERGE_TRY(activations.Run(floats, watched, 0, samples, [&](size_t, ir::ValueId id, const Tensor& x) -> Status {
    for (size_t i = 0; i < layers.size(); ++i) {
      if (floats.nodes[layers[i].node].inputs[0] != id) continue;
      means[i].Add(layers[i].view, {x.as<const float>(), x.shape().elems()});
    }
    return Status::Ok();
  }));
  return means;
}

Result<PatchMean> IntegerMean(const ir::Graph& integers, const Layer& layer, Activations& activations, size_t samples) {
  PatchMean mean;
  const Prefix prefix = PrefixOf(integers, integers.nodes[layer.integer_node].inputs[0]);
  std::vector<float> reals;
  VERGE_TRY(activations.Run(prefix.graph, {&prefix.value, 1}, 0, samples,
                            [&](size_t, ir::ValueId, const Tensor& x) -> Status {
                              ReadReals(x, reals);
                              mean.Add(layer.view, reals);
                              return Status::Ok();
                            }));
  return mean;
}

// Writes the bias of a code into the integer graph.
void StoreBias(const LayerCode& code, ir::Value& value) {
  const auto bytes = ir::Buffer::Allocate(value.constant->size());
  for (size_t c = 0; c < code.bias.size(); ++c) {
    if (value.dtype == DType::kI64) {
      reinterpret_cast<int64_t*>(bytes->mutable_data())[c] = code.bias[c];
    } else {
      reinterpret_cast<int32_t*>(bytes->mutable_data())[c] = static_cast<int32_t>(code.bias[c]);
    }
  }
  value.constant = bytes;
}

// Gives the largest shift.
float Correct(const ir::Graph& floats, const Layer& layer, const PatchMean& real, const PatchMean& integer,
              LayerCode& code) {
  const ir::Node& node = floats.nodes[layer.node];
  const std::span<const float> w = Floats(floats.value(node.inputs[1]));
  const auto x_scale = static_cast<double>(code.x_scale);
  double largest = 0;
  for (size_t o = 0; o < layer.view.channels(); ++o) {
    const auto scale = static_cast<double>(code.weights.scales[o]);
    const size_t group = layer.view.GroupOf(o);
    double shift = static_cast<double>(code.bias[o]) * x_scale * scale;
    if (HasBias(node)) shift -= static_cast<double>(Floats(floats.value(node.inputs[2]))[o]);
    for (size_t f = 0; f < layer.view.fan_in(); ++f) {
      const size_t at = layer.view.WeightIndex(o, f), patch = layer.view.PatchIndex(group, f);
      shift += scale * code.weights.q[at] * integer.At(patch) - static_cast<double>(w[at]) * real.At(patch);
    }
    if (!std::isfinite(shift)) continue;
    code.bias[o] = LimitBias(static_cast<double>(code.bias[o]) - std::round(shift / (x_scale * scale)), code.width);
    largest = std::max(largest, std::abs(shift));
  }
  return static_cast<float>(largest);
}

}  // namespace

Result<std::vector<float>> CorrectBiases(const ir::Graph& graph, const std::vector<NodePlan>& plans,
                                         const Scales& scales, Activations& activations, const ProgressSeen& progress,
                                         std::vector<LayerCode>& codes) {
  std::vector<float> corrections(plans.size(), 0);
  // With the inputs that the samples are made for, whatever the final graph is going to have.
  VERGE_TRY_ASSIGN(ir::Graph integers, Rewrite(graph, plans, scales, codes, IntegerIo::kNone));
  const std::vector<Layer> layers = FindLayers(graph, plans, integers);
  const size_t samples = std::min(
      activations.samples(), std::clamp(kMostRuns / std::max<size_t>(layers.size(), 1), kLeastSamples, kMostSamples));
  VERGE_TRY_ASSIGN(const std::vector<PatchMean> means, FloatMeans(graph, layers, activations, samples));
  for (size_t i = 0; i < layers.size(); ++i) {
    const size_t n = layers[i].node;
    VERGE_TRY_ASSIGN(const PatchMean integer, IntegerMean(integers, layers[i], activations, samples));
    corrections[n] = Correct(graph, layers[i], means[i], integer, codes[n]);
    StoreBias(codes[n], integers.values[integers.nodes[layers[i].integer_node].inputs[2]]);
    if (progress != nullptr) VERGE_TRY(progress({.stage = "correct_bias", .done = i + 1, .total = layers.size()}));
  }
  return corrections;
}

}  // namespace verge::quant
