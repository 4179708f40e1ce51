// The channels of a graph that can be removed, sorted into classes (what must go together) and groups (channels of the
// same layers, which compete with each other).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "prune/channel_labels.h"

namespace verge::prune {

struct Place {
  ir::ValueId value = 0;
  int dim = 0;
  int64_t index = 0;
};

struct ChannelClass {
  std::vector<Place> places;  // in the order of values, dimensions and positions
  size_t group = 0;
};

struct ChannelGroup {
  std::vector<size_t> producers;  // indices of nodes whose output channels these are
  std::vector<size_t> classes;
  size_t channels_each = 1;  // output channels of the first producer that go with one class
};

// A layer none of whose output channels can go.
struct LockedLayer {
  size_t node = 0;
  std::string reason;
};

struct ChannelSets {
  std::vector<ChannelClass> classes;
  std::vector<ChannelGroup> groups;
  std::vector<LockedLayer> locked;
};

// Classes are in the order of their first place, groups in the order of their first class.
ChannelSets FindChannels(const ir::Graph& graph, const std::vector<WeightRole>& roles);

// Gives each node that reads a vector constant read by others a copy of its own, so that a constant shared only to
// save space ties no layers together. Returns which value each value is a copy of (itself mostly).
std::vector<ir::ValueId> SeparateVectors(ir::Graph& graph);

// Which positions go: [value][dim], empty where all stay.
using Removal = std::vector<std::vector<std::vector<bool>>>;
Removal NoRemoval(const ir::Graph& graph);
void Remove(const ir::Graph& graph, const ChannelClass& channels, Removal& removal);

// Takes the positions out of constants, attributes and types. Copies made by SeparateVectors that lost nothing become
// their originals again; the graph is compacted (values get other ids) and verified.
// Errors    kInternal: a bug of a rule
Status RemoveChannels(ir::Graph& graph, const Removal& removal, const std::vector<ir::ValueId>& originals);

}  // namespace verge::prune
