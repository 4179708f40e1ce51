// From a model's graph to an arena layout: how long each value lives, and which nodes run in place. Internal.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"
#include "format/model/model.h"
#include "plan/arena.h"
#include "runtime/model.h"

namespace verge::runtime {

struct MemoryPlan {
  plan::ArenaPlan arena;
  std::vector<size_t> value_offsets;    // one a value; 0 for constants
  std::vector<size_t> scratch_offsets;  // one a node
  std::vector<size_t> band_offsets;     // one a group
  std::vector<bool> is_in_place;        // one a node
};

// Graph inputs keep their contents through a run, so that a session can run again without writing them; outputs live to
// the end. States keep theirs from run to run. A node runs in place when its op allows it, its first input dies there,
// is no graph input or constant, is not read a second time by the node, and has exactly the bytes of its first output.
// A reshape runs in place also where its input lives on, or is a graph input: the two are one buffer, into which nobody
// writes until both are dead. Inputs, outputs and states of the graph never share one. The nodes of a group of bands
// run at the same time: what any of them reads lives to its end, what it gives lives from its beginning, and the values
// in between lie in the group's own memory.
Result<MemoryPlan> PlanMemory(const format::ModelTables& tables, std::span<const PreparedNode> nodes,
                              std::span<const BandGroup> bands = {});

}  // namespace verge::runtime
