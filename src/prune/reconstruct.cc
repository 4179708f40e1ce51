#include "prune/reconstruct.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ops/op_ids.h"
#include "prune/layer_tail.h"
#include "prune/least_squares.h"

namespace verge::prune {
namespace {

constexpr size_t kBatchBytes = size_t{256} << 20;

// A layer of the pruned graph and the one that it was.
struct Pair {
  Layer now;
  Layer before;
  std::vector<size_t> kept;  // output channels of `before` that `now` has
  ops::ActivationRange range;
  size_t reported = 0;  // index into the report
};

Result<std::vector<size_t>> KeptOf(const std::string& name, const Layer& now, const Layer& before,
                                   const std::map<std::string, std::vector<int64_t>>& kept_outputs) {
  std::vector<size_t> kept(before.outputs);
  std::iota(kept.begin(), kept.end(), size_t{0});
  const auto told = kept_outputs.find(name);
  if (told != kept_outputs.end()) kept.assign(told->second.begin(), told->second.end());
  if (kept.size() != now.outputs || (!kept.empty() && *std::max_element(kept.begin(), kept.end()) >= before.outputs)) {
    return VERGE_ERROR(kInvalidArgument, "'" + name + "' has " + std::to_string(now.outputs) + " of " +
                                             std::to_string(before.outputs) + " output channels, which is not what " +
                                             "kept_outputs says");
  }
  return kept;
}

std::string ReasonToLeave(const ir::Graph& graph, const Layer& layer, const Reconstruction& options) {
  const std::string& name = graph.nodes[layer.node].name;
  if (std::find(options.except.begin(), options.except.end(), name) != options.except.end()) return "asked for";
  if (layer.is_shared) return "other nodes read its weights too";
  if (WorkOf(layer, options, ReadWeights(graph, layer)) > options.max_work) return "too many unknowns";
  return "";
}

Result<std::vector<Pair>> FindPairs(const ir::Graph& graph, const ir::Graph& original,
                                    const std::map<std::string, std::vector<int64_t>>& kept_outputs,
                                    const Reconstruction& options, ReconstructReport& report) {
  std::map<std::string, Layer> before;
  for (const Layer& layer : FindLayers(original)) before[original.nodes[layer.node].name] = layer;
  std::vector<Pair> pairs;
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const Layer& layer : FindLayers(graph)) {
    const std::string& name = graph.nodes[layer.node].name;
    report.layers.push_back({.name = name, .before_db = none, .after_db = none, .reason = ""});
    std::string& reason = report.layers.back().reason;
    reason = ReasonToLeave(graph, layer, options);
    const auto found = before.find(name);
    if (found == before.end()) reason = "not a layer of the original model";
    if (!reason.empty()) continue;
    VERGE_TRY_ASSIGN(std::vector<size_t> kept, KeptOf(name, layer, found->second, kept_outputs));
    Pair pair{.now = layer, .before = found->second, .kept = std::move(kept), .range = {}, .reported = 0};
    pair.reported = report.layers.size() - 1;
    const LayerTail now = TailOf(graph, layer);
    const LayerTail before_tail = TailOf(original, found->second);
    pair.range = now.range;
    // Where the graphs differ behind the layer, the layer alone is looked at.
    if (now.beside != ir::kNoValue && before_tail.beside != ir::kNoValue) {
      pair.now.beside = now.beside;
      pair.before.beside = before_tail.beside;
    } else if (now.beside != before_tail.beside) {
      pair.range = {};
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

// Z of the kept channels.
std::vector<float> SumsOf(const ir::Graph& original, const Pair& pair, const InputRows& rows) {
  const std::vector<float> y = LayerOutputs(pair.before, ReadWeights(original, pair.before), rows);
  const std::vector<float> bias = ReadBias(original, pair.before);
  std::vector<float> sums;
  sums.reserve(rows.rows * pair.kept.size());
  for (size_t r = 0; r < rows.rows; ++r) {
    for (const size_t o : pair.kept) {
      const size_t i = r * pair.before.outputs + o;
      sums.push_back(y[i] + bias[o] + (rows.beside.empty() ? 0.0f : rows.beside[i]));
    }
  }
  return sums;
}

// Signal to noise of the held-out rows, behind the clamp.
double HeldOutDb(const Layer& layer, std::span<const float> weights, std::span<const float> bias, const InputRows& rows,
                 const LayerTarget& target) {
  InputRows held;
  std::vector<size_t> taken;
  for (size_t r = 0; r < rows.rows; ++r) {
    if (!IsHeldOut(r)) continue;
    const float* row = rows.values.data() + r * layer.row_width();
    held.values.insert(held.values.end(), row, row + layer.row_width());
    taken.push_back(r);
  }
  held.rows = taken.size();
  std::vector<float> made = LayerOutputs(layer, weights, held);
  std::vector<float> wanted(made.size());
  for (size_t i = 0; i < made.size(); ++i) {
    const size_t at = taken[i / layer.outputs] * layer.outputs + i % layer.outputs;
    made[i] = target.range.Clamp(made[i] + bias[i % layer.outputs] + static_cast<float>(target.offset(at)));
    wanted[i] = target.range.Clamp(target.sums[at]);
  }
  return SignalToNoiseDb(wanted, made);
}

// `target` lacks the offsets yet.
Status Rebuild(ir::Graph& graph, Pair& pair, const Reconstruction& options, LayerTarget& target,
               quant::Activations& activations, ReconstructedLayer& told) {
  std::vector<InputRows> rows;
  VERGE_TRY(CollectRows(graph, {&pair.now, 1}, options.max_rows, activations, rows));
  target.offsets = std::move(rows[0].beside);
  const size_t elems = rows[0].rows * pair.now.outputs;
  if (elems != target.sums.size() || (pair.now.beside != ir::kNoValue && target.offsets.size() != elems)) {
    return VERGE_ERROR(kInvalidArgument, "the two graphs do not make equally many outputs");
  }
  if (rows[0].rows < 8) {
    told.reason = "fewer than 8 rows seen";
    return Status::Ok();
  }
  std::vector<float> weights = ReadWeights(graph, pair.now);
  std::vector<float> bias = ReadBias(graph, pair.now);
  told.before_db = HeldOutDb(pair.now, weights, bias, rows[0], target);
  const bool has_bias = graph.nodes[pair.now.node].op != ops::ids::kMatmul;
  VERGE_TRY(FitLayer(pair.now, options, rows[0], target, has_bias, weights, bias));
  told.after_db = HeldOutDb(pair.now, weights, bias, rows[0], target);
  if (!(told.after_db > told.before_db)) {
    told.reason = "the error of rows not used would not fall";
    return Status::Ok();
  }
  WriteWeights(graph, pair.now, weights);
  if (has_bias) WriteBias(graph, pair.now, bias);
  told.is_changed = true;
  return Status::Ok();
}

}  // namespace

Result<ReconstructReport> Reconstruct(ir::Graph& graph, const ir::Graph& original,
                                      const std::map<std::string, std::vector<int64_t>>& kept_outputs,
                                      const Reconstruction& options, quant::Activations& activations) {
  if (!(options.ridge > 0)) return VERGE_ERROR(kInvalidArgument, "the ridge must be positive");
  ir::Graph work = graph;
  ReconstructReport report;
  VERGE_TRY_ASSIGN(std::vector<Pair> pairs, FindPairs(work, original, kept_outputs, options, report));
  for (size_t first = 0; first < pairs.size();) {
    std::vector<Layer> rest;
    for (size_t p = first; p < pairs.size(); ++p) rest.push_back(pairs[p].before);
    const size_t count = BatchFor(original, rest, options.max_rows, kBatchBytes);
    std::vector<InputRows> rows;
    VERGE_TRY(CollectRows(original, std::span(rest).first(count), options.max_rows, activations, rows));
    for (size_t p = first; p < first + count; ++p) {
      const std::string& name = work.nodes[pairs[p].now.node].name;
      if (options.progress != nullptr) VERGE_TRY(options.progress(p, pairs.size(), name));
      LayerTarget target{.sums = SumsOf(original, pairs[p], rows[p - first]), .offsets = {}, .range = pairs[p].range};
      rows[p - first] = {};
      Status status = Rebuild(work, pairs[p], options, target, activations, report.layers[pairs[p].reported]);
      if (!status.ok()) return std::move(status).WithContext("'" + name + "'");
    }
    first += count;
  }
  graph = std::move(work);
  return report;
}

}  // namespace verge::prune
