// Says whether a graph keeps every promise of graph.h. Run after import and, in tests and debug builds, after each
// pass.
#pragma once

#include "ir/graph.h"

namespace verge::ir {

// Limits that keep a hostile file from exhausting memory; far above any real model.
inline constexpr size_t kMaxValues = 1u << 20;
inline constexpr size_t kMaxNodes = 1u << 20;
inline constexpr size_t kMaxNameBytes = 4096;
inline constexpr size_t kMaxSubgraphs = 1024;  // of one graph
inline constexpr int kMaxSubgraphDepth = 16;

// Checks, in this order: every id is in range; names are present, unique (values among values, nodes among nodes) and
// short; constants have as many bytes as their type wants; a value has exactly one origin (graph input, state,
// constant, or output of one node) and nodes come after the producers of their inputs; states are of one type and
// subgraphs are graphs by the same rules; the shape rules accept every node and agree with the types written on the
// outputs. The first failure is reported with the names involved.
Status Verify(const Graph& graph);

}  // namespace verge::ir
