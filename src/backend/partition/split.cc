#include "backend/partition/split.h"

#include <algorithm>
#include <map>
#include <regex>

namespace verge::backend {
namespace {

using ir::kNoValue;
using ir::ValueId;

constexpr size_t kNobody = SIZE_MAX;

// The node that computes each value.
std::vector<size_t> ProducersOf(const ir::Graph& graph) {
  std::vector<size_t> producers(graph.values.size(), kNobody);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ValueId id : graph.nodes[n].outputs) producers[id] = n;
  }
  return producers;
}

// The stage of each node: that of the latest node it reads from, one later if that is of the other kind. Nodes of one
// stage and kind depend on each other only inside of it.
std::vector<size_t> StagesOf(const ir::Graph& graph, const std::vector<size_t>& producers,
                             const std::vector<bool>& is_named) {
  std::vector<size_t> stages(graph.nodes.size(), 0);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ValueId id : graph.nodes[n].inputs) {
      const size_t before = id == kNoValue ? kNobody : producers[id];
      if (before == kNobody) continue;
      stages[n] = std::max(stages[n], stages[before] + (is_named[before] != is_named[n] ? 1 : 0));
    }
  }
  return stages;
}

// Copies nodes and the values they touch into a graph of their own.
class Extractor {
 public:
  Extractor(const ir::Graph& from, Part& part) : from_(from), to_(part.graph) {}

  void AddNode(const ir::Node& node) {
    ir::Node copy = node;
    for (ValueId& id : copy.inputs) {
      if (id != kNoValue) id = Place(id);
    }
    for (ValueId& id : copy.outputs) id = Place(id);
    to_.nodes.push_back(std::move(copy));
  }
  ValueId Place(ValueId id) {
    const auto [at, is_new] = placed_.emplace(id, 0);
    if (is_new) at->second = to_.AddValue(from_.value(id));
    return at->second;
  }
  const std::map<ValueId, ValueId>& placed() const { return placed_; }

 private:
  const ir::Graph& from_;
  ir::Graph& to_;
  std::map<ValueId, ValueId> placed_;  // id in the whole graph -> id here
};

}  // namespace

std::vector<Part> Split(const ir::Graph& graph, const std::vector<bool>& is_named) {
  const std::vector<size_t> producers = ProducersOf(graph);
  const std::vector<size_t> stages = StagesOf(graph, producers, is_named);
  std::map<std::pair<size_t, bool>, std::vector<size_t>> members;  // (stage, named) -> nodes
  for (size_t n = 0; n < graph.nodes.size(); ++n) members[{stages[n], is_named[n]}].push_back(n);
  const auto part_of = [&](size_t node) { return std::pair(stages[node], static_cast<bool>(is_named[node])); };
  std::vector<bool> is_read_elsewhere(graph.values.size(), false);
  for (const ValueId id : graph.outputs) is_read_elsewhere[id] = true;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ValueId id : graph.nodes[n].inputs) {
      if (id == kNoValue || producers[id] == kNobody) continue;
      if (part_of(producers[id]) != part_of(n)) is_read_elsewhere[id] = true;
    }
  }
  std::vector<Part> parts;
  for (const auto& [key, nodes] : members) {
    Part& part = parts.emplace_back();
    part.is_named = key.second;
    part.graph.name = graph.name + "." + std::to_string(parts.size());
    Extractor extractor(graph, part);
    for (const size_t n : nodes) extractor.AddNode(graph.nodes[n]);
    for (const auto& [id, here] : extractor.placed()) {
      if (graph.value(id).is_constant()) continue;
      const bool is_made_here = producers[id] != kNobody && part_of(producers[id]) == key;
      if (!is_made_here) part.graph.inputs.push_back(here);
      if (is_made_here && is_read_elsewhere[id]) part.graph.outputs.push_back(here);
    }
  }
  return parts;
}

Result<std::vector<bool>> NamedNodes(const ir::Graph& graph, const std::string& expression) {
  std::regex regex;
  try {
    regex = std::regex(expression);
  } catch (const std::regex_error& error) {
    return VERGE_ERROR(kInvalidArgument, "'" + expression + "' is no regular expression: " + error.what());
  }
  std::vector<bool> is_named;
  for (const ir::Node& node : graph.nodes) is_named.push_back(std::regex_search(node.name, regex));
  if (std::ranges::find(is_named, true) != is_named.end()) return is_named;
  std::string some;
  for (size_t n = 0; n < std::min<size_t>(graph.nodes.size(), 5); ++n) {
    some += (n == 0 ? "" : ", ") + graph.nodes[n].name;
  }
  return VERGE_ERROR(kNotFound, "no node's name matches '" + expression + "'; nodes are called " + some + "...");
}

}  // namespace verge::backend
