// Cuts a graph into parts that run one after the other, each all of named or all of other nodes, so that another engine
// can run the named ones.
//
// A part is as large as it can be without waiting for itself: no path leaves it and comes back. Parts talk by values of
// the graph, by name; constants are in each part that reads them (they share memory).
//
// Threads   pure function.
#pragma once

#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::backend {

struct Part {
  bool is_named = false;
  // Its inputs are inputs of the whole graph or outputs of earlier parts; its outputs are what later parts read, and
  // outputs of the whole graph.
  ir::Graph graph;
};

// `is_named` has one entry a node. The graph has passed ir::Verify.
std::vector<Part> Split(const ir::Graph& graph, const std::vector<bool>& is_named);

// Which nodes a regular expression names: it matches somewhere in the node's name. kInvalidArgument when it is none;
// kNotFound when it names no node.
Result<std::vector<bool>> NamedNodes(const ir::Graph& graph, const std::string& expression);

}  // namespace verge::backend
