#include "prune/prune.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "prune/masks.h"
#include "prune/obs.h"

namespace verge::prune {
namespace {

constexpr size_t kBatchBytes = size_t{256} << 20;  // of rows in memory at a time

bool IsShare(double share) { return share >= 0 && share <= 1; }

Status CheckOptions(const WeightPruning& options, bool has_activations) {
  if (!IsShare(options.share)) return VERGE_ERROR(kInvalidArgument, "the share of zeros must be from 0 to 1");
  for (const auto& [name, share] : options.shares) {
    if (!IsShare(share)) {
      return VERGE_ERROR(kInvalidArgument, "the share of zeros of '" + name + "' must be from 0 to 1");
    }
  }
  if (options.block_outputs == 0 || options.block_inputs == 0) {
    return VERGE_ERROR(kInvalidArgument, "blocks have at least one output and one input");
  }
  if (options.is_global && (options.criterion != Criterion::kMagnitude || options.pattern == Pattern::k2Of4)) {
    return VERGE_ERROR(kInvalidArgument,
                       "one threshold for all layers goes with magnitudes only, and not with 2:4: other scores of "
                       "different layers cannot be compared");
  }
  if (options.is_global && !options.shares.empty()) {
    return VERGE_ERROR(kInvalidArgument, "one threshold for all layers and shares of single layers exclude each other");
  }
  if (options.criterion != Criterion::kMagnitude && !has_activations) {
    return VERGE_ERROR(kInvalidArgument, "this criterion wants samples to run the model on; magnitude does not");
  }
  if (!(options.damping >= 0)) return VERGE_ERROR(kInvalidArgument, "damping must not be negative");
  return Status::Ok();
}

Status CheckNames(const ir::Graph& graph, const std::vector<Layer>& layers, const WeightPruning& options) {
  const auto check = [&](const std::string& name) -> Status {
    const bool is_known = std::any_of(layers.begin(), layers.end(),
                                      [&](const Layer& layer) { return graph.nodes[layer.node].name == name; });
    if (is_known) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, "no layer with constant f32 weights is called '" + name + "'");
  };
  for (const auto& [name, share] : options.shares) VERGE_TRY(check(name));
  for (const std::string& name : options.except) VERGE_TRY(check(name));
  return Status::Ok();
}

// Why a layer is left; empty when it is not.
std::string ReasonToLeave(const ir::Graph& graph, const Layer& layer, const WeightPruning& options) {
  const std::string& name = graph.nodes[layer.node].name;
  if (std::find(options.except.begin(), options.except.end(), name) != options.except.end()) return "asked for";
  if (layer.is_shared) return "other nodes read its weights too";
  if (layer.is_first && !options.prune_first) return "first layer";
  if (layer.is_last && !options.prune_last) return "last layer";
  if (layer.is_depthwise && (!options.prune_depthwise || options.pattern != Pattern::kUnstructured)) {
    return options.prune_depthwise ? "depthwise layers have no input channels to choose from" : "depthwise layer";
  }
  if (layer.weight_count() < options.min_weights) {
    return "fewer than " + std::to_string(options.min_weights) + " weights";
  }
  if (options.pattern == Pattern::k2Of4 && layer.channels < 4) return "fewer than 4 input channels";
  if (options.criterion == Criterion::kObs && layer.inputs > options.max_inputs) {
    return "more than " + std::to_string(options.max_inputs) + " weights an output";
  }
  return "";
}

double ShareOf(const ir::Graph& graph, const Layer& layer, const WeightPruning& options) {
  const auto own = options.shares.find(graph.nodes[layer.node].name);
  return own == options.shares.end() ? options.share : own->second;
}

// |w|, or |w| times the norm of its input.
std::vector<float> ScoresOf(const Layer& layer, std::span<const float> weights, const InputRows* rows) {
  std::vector<float> scores(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) scores[i] = std::abs(weights[i]);
  if (rows == nullptr) return scores;
  std::vector<double> squares(layer.row_width(), 0.0);
  for (size_t i = 0; i < rows->values.size(); ++i) {
    const double x = static_cast<double>(rows->values[i]);
    squares[i % squares.size()] += x * x;
  }
  for (size_t o = 0; o < layer.outputs; ++o) {
    const double* of_group = squares.data() + o / layer.group_outputs() * layer.inputs;
    for (size_t k = 0; k < layer.inputs; ++k) {
      scores[o * layer.inputs + k] *= static_cast<float>(std::sqrt(of_group[k]));
    }
  }
  return scores;
}

// The tiles of one layer: single weights, or blocks.
struct Tiles {
  std::vector<Unit> blocks;
  std::vector<Unit> units;
  std::vector<double> scores;  // [blocks, units]
};

Tiles TilesOf(const Layer& layer, const WeightPruning& options, std::span<const float> scores) {
  const bool is_block = options.pattern == Pattern::kBlock;
  Tiles tiles;
  tiles.blocks = CutOutputs(layer, is_block ? options.block_outputs : 1);
  tiles.units = CutUnits(layer, is_block ? options.block_inputs : 1);
  tiles.scores = TileScores(layer, scores, tiles.blocks, tiles.units);
  return tiles;
}

void ZeroTiles(const Layer& layer, const Tiles& tiles, std::span<const uint8_t> marks, std::span<float> weights) {
  for (size_t t = 0; t < marks.size(); ++t) {
    if (marks[t] == 0) continue;
    const Unit& block = tiles.blocks[t / tiles.units.size()];
    const Unit& unit = tiles.units[t % tiles.units.size()];
    for (size_t o = block.begin; o < block.end; ++o) {
      std::fill(weights.begin() + static_cast<ptrdiff_t>(o * layer.inputs + unit.begin),
                weights.begin() + static_cast<ptrdiff_t>(o * layer.inputs + unit.end), 0.0f);
    }
  }
}

// The smallest share of each `competing` tiles in a row.
std::vector<uint8_t> MarkShare(std::span<const double> scores, size_t competing, double share) {
  std::vector<uint8_t> marks;
  for (size_t first = 0; first < scores.size(); first += competing) {
    const auto count = static_cast<size_t>(share * static_cast<double>(competing));
    const std::vector<uint8_t> part = SmallestOf(scores.subspan(first, competing), count);
    marks.insert(marks.end(), part.begin(), part.end());
  }
  return marks;
}

Status ZeroByScore(const Layer& layer, const WeightPruning& options, double share, const InputRows* rows,
                   std::span<float> weights) {
  if (options.criterion == Criterion::kObs) return SweepObs(layer, options, share, *rows, weights);
  const bool is_wanda = options.criterion == Criterion::kWanda;
  const std::vector<float> scores = ScoresOf(layer, weights, is_wanda ? rows : nullptr);
  if (options.pattern == Pattern::k2Of4) {
    std::vector<uint8_t> marks(weights.size());
    for (size_t at = 0; at < weights.size(); at += layer.channels) {
      MarkTwoOfFour(std::span(scores).subspan(at, layer.channels), std::span(marks).subspan(at, layer.channels));
    }
    for (size_t i = 0; i < weights.size(); ++i) {
      if (marks[i] != 0) weights[i] = 0;
    }
    return Status::Ok();
  }
  const Tiles tiles = TilesOf(layer, options, scores);
  ZeroTiles(layer, tiles, MarkShare(tiles.scores, is_wanda ? tiles.units.size() : tiles.scores.size(), share), weights);
  return Status::Ok();
}

size_t CountZeros(std::span<const float> weights) {
  return static_cast<size_t>(std::count(weights.begin(), weights.end(), 0.0f));
}

// Layers to prune, their weights after, and the report under way.
struct Work {
  std::vector<Layer> layers;
  std::vector<std::vector<float>> weights;
  std::vector<size_t> reported;  // index into PruneReport::layers
};

// One threshold over the tiles of all layers, each counted by its weights' mean square.
void ZeroGlobally(const WeightPruning& options, Work& work) {
  std::vector<Tiles> tiles;
  std::vector<double> all;
  for (size_t l = 0; l < work.layers.size(); ++l) {
    tiles.push_back(TilesOf(work.layers[l], options, ScoresOf(work.layers[l], work.weights[l], nullptr)));
    all.insert(all.end(), tiles.back().scores.begin(), tiles.back().scores.end());
  }
  const auto count = static_cast<size_t>(options.share * static_cast<double>(all.size()));
  const std::vector<uint8_t> marks = SmallestOf(all, count);
  size_t first = 0;
  for (size_t l = 0; l < work.layers.size(); ++l) {
    const size_t own = tiles[l].scores.size();
    ZeroTiles(work.layers[l], tiles[l], std::span(marks).subspan(first, own), work.weights[l]);
    first += own;
  }
}

Status PruneLayers(const ir::Graph& graph, const WeightPruning& options, quant::Activations* activations, Work& work,
                   PruneReport& report) {
  if (options.is_global) ZeroGlobally(options, work);
  for (size_t first = 0; first < work.layers.size();) {
    const std::span<const Layer> rest = std::span(work.layers).subspan(first);
    const size_t count = BatchFor(graph, rest, options.max_rows, kBatchBytes);
    std::vector<InputRows> rows;
    if (activations != nullptr) {
      VERGE_TRY(CollectRows(graph, rest.first(count), options.max_rows, *activations, rows));
    }
    for (size_t l = first; l < first + count; ++l) {
      const Layer& layer = work.layers[l];
      const std::string& name = graph.nodes[layer.node].name;
      if (options.progress != nullptr) VERGE_TRY(options.progress(l, work.layers.size(), name));
      InputRows* own = activations == nullptr ? nullptr : &rows[l - first];
      const std::vector<float> before = ReadWeights(graph, layer);
      if (!options.is_global) {
        Status status = ZeroByScore(layer, options, ShareOf(graph, layer, options), own, work.weights[l]);
        if (!status.ok()) return std::move(status).WithContext("'" + name + "'");
      }
      PrunedLayer& told = report.layers[work.reported[l]];
      told.zeros = CountZeros(work.weights[l]);
      if (own == nullptr) continue;
      told.sqnr_db = SignalToNoiseDb(LayerOutputs(layer, before, *own), LayerOutputs(layer, work.weights[l], *own));
      *own = {};
    }
    first += count;
  }
  return Status::Ok();
}

}  // namespace

Result<PruneReport> PruneWeights(ir::Graph& graph, const WeightPruning& options, quant::Activations* activations) {
  VERGE_TRY(CheckOptions(options, activations != nullptr));
  const std::vector<Layer> layers = FindLayers(graph);
  VERGE_TRY(CheckNames(graph, layers, options));
  PruneReport report;
  Work work;
  for (const Layer& layer : layers) {
    const ir::Node& node = graph.nodes[layer.node];
    std::vector<float> weights = ReadWeights(graph, layer);
    const size_t zeros = CountZeros(weights);
    report.weights += weights.size();
    report.zeros_before += zeros;
    report.layers.push_back({.name = node.name,
                             .op = ops::GetOp(node.op).name,
                             .weights = weights.size(),
                             .zeros = zeros,
                             .macs = layer.macs,
                             .sqnr_db = std::numeric_limits<double>::quiet_NaN(),
                             .reason = ReasonToLeave(graph, layer, options)});
    if (!report.layers.back().reason.empty()) continue;
    work.layers.push_back(layer);
    work.weights.push_back(std::move(weights));
    work.reported.push_back(report.layers.size() - 1);
  }
  VERGE_TRY(PruneLayers(graph, options, activations, work, report));
  for (size_t l = 0; l < work.layers.size(); ++l) WriteWeights(graph, work.layers[l], work.weights[l]);
  for (const PrunedLayer& layer : report.layers) report.zeros += layer.zeros;
  return report;
}

}  // namespace verge::prune
