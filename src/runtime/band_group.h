// Chains of nodes that run in bands of rows: all nodes of the chain for a few rows, then for the next few, so that the
// values in between are only ever as large as a band and stay in the processor's second-level cache. Internal.
//
//   expand 1x1 -> depthwise 3x3 -> project 1x1, on 112x112 pixels of 96 channels: the two values in between would be
//   4.8 MB each, written and read once; in bands of 8 rows they are 0.8 MB.
//
// Which chains  nodes next to each other in the schedule, each with a row rule (ops/row_rule.h) through the value
// before
//               it, which nobody else reads. A chain goes on through values that are too large for the cache and ends
//               at one that is not: that one costs nothing to write out.
// Threads       each takes a part of the last node's rows and runs the whole chain for it; rows that two parts need are
//               computed by both.
// Exact         the bits of a run node by node (row_rule.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ops/row_rule.h"

namespace verge::runtime {

inline constexpr size_t kMaxBandNodes = 16;
inline constexpr size_t kMaxBandInputs = 3;  // of a node

struct BandNode {
  size_t linked = 0;  // the input through which it is chained; of the first node: what it reads in rows
  ops::RowRule rule;
  size_t row_bytes = 0;  // of its value
  // The node whose value holds this one's memory: itself, or a later one that works in place. The last node's memory is
  // the value's own.
  size_t home = 0;
  size_t buffer_rows = 0;    // of a home that is not the last node
  size_t buffer_offset = 0;  // in a task's memory
};

struct BandGroup {
  size_t first = 0;  // node of the graph
  std::vector<BandNode> nodes;
  int64_t band_rows = 1;  // of the last node's value
  int tasks = 1;
  size_t scratch_offset = 0;  // in a task's memory: what the nodes use one after the other
  size_t task_bytes = 0;
  size_t last() const { return first + nodes.size() - 1; }
  size_t bytes() const { return task_bytes * static_cast<size_t>(tasks); }
};

}  // namespace verge::runtime
