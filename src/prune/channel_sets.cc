#include "prune/channel_sets.h"

#include <algorithm>
#include <map>

namespace verge::prune {
namespace {

using ir::kNoValue;
using ir::ValueId;

// Free classes by their root label.
std::map<Label, ChannelClass> CollectClasses(const ir::Graph& graph, const Labels& labels) {
  std::map<Label, ChannelClass> classes;
  for (ValueId id = 0; id < graph.values.size(); ++id) {
    const Shape& shape = graph.value(id).shape;
    for (int d = 0; d < shape.rank(); ++d) {
      for (int64_t i = 0; i < shape[d]; ++i) {
        const Label label = labels.First(id, d) + static_cast<Label>(i);
        if (!labels.IsLocked(label)) classes[labels.Root(label)].places.push_back({id, d, i});
      }
    }
  }
  return classes;
}

bool HasPlace(const ChannelClass& channels, ValueId value, int dim) {
  return std::any_of(channels.places.begin(), channels.places.end(),
                     [&](const Place& place) { return place.value == value && place.dim == dim; });
}

size_t CountPlaces(const ChannelClass& channels, ValueId value, int dim) {
  return static_cast<size_t>(std::count_if(channels.places.begin(), channels.places.end(), [&](const Place& place) {
    return place.value == value && place.dim == dim;
  }));
}

}  // namespace

ChannelSets FindChannels(const ir::Graph& graph, const std::vector<WeightRole>& roles) {
  Labels labels(graph);
  TraceGraph(graph, labels);
  ChannelSets sets;
  std::map<std::vector<size_t>, size_t> group_of;
  for (auto& [root, channels] : CollectClasses(graph, labels)) {
    std::vector<size_t> producers;
    const WeightRole* first = nullptr;
    for (const WeightRole& role : roles) {
      if (!HasPlace(channels, role.weights, role.producer_dim)) continue;
      if (first == nullptr) first = &role;
      producers.push_back(role.node);
    }
    if (first == nullptr) continue;  // what no layer makes is not ours to remove
    const auto [at, is_new] = group_of.emplace(producers, sets.groups.size());
    if (is_new) {
      const size_t each = CountPlaces(channels, first->weights, first->producer_dim);
      sets.groups.push_back({.producers = producers, .classes = {}, .channels_each = each});
    }
    channels.group = at->second;
    sets.groups[at->second].classes.push_back(sets.classes.size());
    sets.classes.push_back(std::move(channels));
  }
  for (const WeightRole& role : roles) {
    const Axis axis = labels.Of(role.weights, role.producer_dim);
    const bool is_locked = std::all_of(axis.begin(), axis.end(), [&](Label label) { return labels.IsLocked(label); });
    if (is_locked && !axis.empty()) sets.locked.push_back({role.node, labels.ReasonOf(axis[0])});
  }
  return sets;
}

std::vector<ValueId> SeparateVectors(ir::Graph& graph) {
  std::vector<ValueId> originals(graph.values.size());
  for (ValueId id = 0; id < originals.size(); ++id) originals[id] = id;
  std::vector<bool> is_taken(graph.values.size(), false);
  for (ir::Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) {
      if (id == kNoValue || !graph.value(id).is_constant()) continue;
      const std::span<const int64_t> dims = graph.value(id).shape.dims();
      if (std::count_if(dims.begin(), dims.end(), [](int64_t n) { return n != 1; }) > 1) continue;
      if (!is_taken[id]) {
        is_taken[id] = true;
        continue;
      }
      ir::Value copy = graph.value(id);
      copy.name += ".copy" + std::to_string(graph.values.size());
      originals.push_back(originals[id]);
      is_taken.push_back(true);
      id = graph.AddValue(std::move(copy));
    }
  }
  return originals;
}

}  // namespace verge::prune
