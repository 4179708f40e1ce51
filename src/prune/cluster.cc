#include "prune/cluster.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ops/op_ids.h"
#include "prune/kmeans.h"

namespace verge::prune {
namespace {

using ir::kNoValue;
using ir::ValueId;

constexpr size_t kBatchBytes = size_t{256} << 20;
constexpr size_t kMaxValues = 256;  // of a code book

// A constant whose values are to be few.
struct Target {
  ValueId weights = kNoValue;
  size_t node = 0;  // the first that reads it
  bool has_layer = false;
  Layer layer;          // f32 only
  size_t reported = 0;  // index into the report
  size_t k = 0;
};

bool IsIntegerLayer(const ir::Graph& graph, const ir::Node& node) {
  if (node.op != ops::ids::kConv2d && node.op != ops::ids::kDepthwiseConv2d && node.op != ops::ids::kFullyConnected) {
    return false;
  }
  const ir::Value& weights = graph.value(node.inputs[1]);
  return weights.is_constant() && weights.dtype == DType::kI8;
}

std::vector<Target> FindTargets(const ir::Graph& graph) {
  std::vector<Target> targets;
  for (const Layer& layer : FindLayers(graph)) {
    targets.push_back({.weights = layer.weights, .node = layer.node, .has_layer = true, .layer = layer});
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (IsIntegerLayer(graph, graph.nodes[n]))
      targets.push_back({.weights = graph.nodes[n].inputs[1], .node = n, .layer = {}});
  }
  std::stable_sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.node < b.node; });
  std::set<ValueId> seen;
  std::erase_if(targets, [&](const Target& target) { return !seen.insert(target.weights).second; });
  return targets;
}

std::vector<float> ReadValues(const ir::Value& value) {
  std::vector<float> values(value.shape.elems());
  if (value.dtype == DType::kF32) {
    const auto* data = reinterpret_cast<const float*>(value.constant->data());
    std::copy(data, data + values.size(), values.begin());
  } else {
    const auto* data = reinterpret_cast<const int8_t*>(value.constant->data());
    std::copy(data, data + values.size(), values.begin());
  }
  return values;
}

void WriteValues(ir::Value& value, const std::vector<float>& values) {
  const auto buffer = ir::Buffer::Allocate(value.constant->size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (value.dtype == DType::kF32) {
      reinterpret_cast<float*>(buffer->mutable_data())[i] = values[i];
    } else {
      reinterpret_cast<int8_t*>(buffer->mutable_data())[i] = static_cast<int8_t>(values[i]);
    }
  }
  value.constant = buffer;
}

size_t CountDifferent(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  return static_cast<size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

double ShareOfZeros(const std::vector<float>& values) {
  return static_cast<double>(std::count(values.begin(), values.end(), 0.0f)) / static_cast<double>(values.size());
}

// The mean square of what each weight is multiplied with, in the order of the constant.
std::vector<float> ImportanceOf(const Layer& layer, const InputRows& rows) {
  std::vector<double> squares(layer.row_width(), 0.0);
  for (size_t i = 0; i < rows.values.size(); ++i) {
    const double x = static_cast<double>(rows.values[i]);
    squares[i % squares.size()] += x * x / static_cast<double>(rows.rows);
  }
  std::vector<float> importance(layer.weight_count());
  for (size_t o = 0; o < layer.outputs; ++o) {
    for (size_t k = 0; k < layer.inputs; ++k) {
      const size_t at = layer.is_input_major ? k * layer.outputs + o : o * layer.inputs + k;
      importance[at] = static_cast<float>(squares[o / layer.group_outputs() * layer.inputs + k]);
    }
  }
  return importance;
}

Status CheckOptions(const ir::Graph& graph, const std::vector<Target>& targets, const WeightClustering& options,
                    bool has_activations) {
  std::vector<size_t> ks = {options.k};
  std::vector<std::string> names = options.except;
  for (const auto& [name, k] : options.ks) {
    ks.push_back(k);
    names.push_back(name);
  }
  for (const size_t k : ks) {
    if (k < 2 || k > kMaxValues) return VERGE_ERROR(kInvalidArgument, "a layer keeps 2 to 256 different weights");
  }
  for (const std::string& name : names) {
    const bool is_known = std::any_of(targets.begin(), targets.end(),
                                      [&](const Target& target) { return graph.nodes[target.node].name == name; });
    if (!is_known)
      return VERGE_ERROR(kInvalidArgument, "no layer with constant f32 or i8 weights is called '" + name + "'");
  }
  if (options.by_activations && !has_activations) {
    return VERGE_ERROR(kInvalidArgument, "weighting by activations wants samples to run the model on");
  }
  return Status::Ok();
}

ClusteredLayer Describe(const ir::Graph& graph, const Target& target, const WeightClustering& options) {
  const ir::Node& node = graph.nodes[target.node];
  const ir::Value& value = graph.value(target.weights);
  const std::vector<float> values = ReadValues(value);
  const double none = std::numeric_limits<double>::quiet_NaN();
  ClusteredLayer told{.name = node.name,
                      .op = ops::GetOp(node.op).name,
                      .dtype = value.dtype,
                      .weights = values.size(),
                      .values_before = CountDifferent(values),
                      .values = 0,
                      .share_of_zeros = ShareOfZeros(values),
                      .weights_db = none,
                      .output_db = none,
                      .reason = ""};
  told.values = told.values_before;
  if (std::find(options.except.begin(), options.except.end(), node.name) != options.except.end()) {
    told.reason = "asked for";
  } else if (values.size() < options.min_weights) {
    told.reason = "fewer than " + std::to_string(options.min_weights) + " weights";
  } else if (told.values_before <= target.k) {
    told.reason = "already " + std::to_string(told.values_before) + " different weights";
  }
  return told;
}

// Clusters one constant; `rows` of its layer's input, or null.
Status ClusterOne(const ir::Graph& graph, const Target& target, const WeightClustering& options, const InputRows* rows,
                  std::vector<float>& values, ClusteredLayer& told) {
  const ir::Value& value = graph.value(target.weights);
  values = ReadValues(value);
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    return VERGE_ERROR(kInvalidArgument, "the weights '" + value.name + "' are not finite");
  }
  std::vector<float> importance;
  if (options.by_activations && rows != nullptr) importance = ImportanceOf(target.layer, *rows);
  const bool keep_zero = told.share_of_zeros > 0 && told.share_of_zeros >= options.keep_zeros_from;
  const std::vector<float> before = values;
  const std::vector<float> centroids = FitCentroids(
      values, importance, {.k = target.k, .keep_zero = keep_zero, .is_integer = value.dtype == DType::kI8});
  for (float& v : values) v = centroids[NearestCentroid(centroids, v)];
  told.values = CountDifferent(values);
  told.share_of_zeros = ShareOfZeros(values);
  told.weights_db = SignalToNoiseDb(before, values);
  if (rows == nullptr) return Status::Ok();
  ir::Graph after = graph;  // shares every constant but this one
  WriteValues(after.values[target.weights], values);
  told.output_db = SignalToNoiseDb(LayerOutputs(target.layer, ReadWeights(graph, target.layer), *rows),
                                   LayerOutputs(target.layer, ReadWeights(after, target.layer), *rows));
  return Status::Ok();
}

}  // namespace

Result<ClusterReport> ClusterWeights(ir::Graph& graph, const WeightClustering& options,
                                     quant::Activations* activations) {
  std::vector<Target> targets = FindTargets(graph);
  VERGE_TRY(CheckOptions(graph, targets, options, activations != nullptr));
  ClusterReport report;
  for (Target& target : targets) {
    const auto own = options.ks.find(graph.nodes[target.node].name);
    target.k = own == options.ks.end() ? options.k : own->second;
    target.reported = report.layers.size();
    report.layers.push_back(Describe(graph, target, options));
  }
  std::erase_if(targets, [&](const Target& target) { return !report.layers[target.reported].reason.empty(); });
  std::vector<std::vector<float>> values(targets.size());
  for (size_t first = 0; first < targets.size();) {
    std::vector<Layer> rest;
    for (size_t t = first; t < targets.size(); ++t) {
      if (targets[t].has_layer) rest.push_back(targets[t].layer);
    }
    size_t count = targets.size() - first;
    std::vector<InputRows> rows;
    if (activations != nullptr && !rest.empty()) {
      // Of a batch all have f32 layers, or none: graphs are of one kind, and mixed ones go one at a time.
      count = rest.size() == count ? BatchFor(graph, rest, options.max_rows, kBatchBytes) : 1;
      if (targets[first].has_layer) {
        VERGE_TRY(CollectRows(graph, std::span(rest).first(count), options.max_rows, *activations, rows));
      }
    }
    for (size_t t = first; t < first + count; ++t) {
      const std::string& name = graph.nodes[targets[t].node].name;
      if (options.progress != nullptr) VERGE_TRY(options.progress(t, targets.size(), name));
      InputRows* own = rows.empty() ? nullptr : &rows[t - first];
      VERGE_TRY(ClusterOne(graph, targets[t], options, own, values[t], report.layers[targets[t].reported]));
      if (own != nullptr) *own = {};
    }
    first += count;
  }
  for (size_t t = 0; t < targets.size(); ++t) WriteValues(graph.values[targets[t].weights], values[t]);
  return report;
}

}  // namespace verge::prune
