#include "runtime/memory_plan.h"

#include <algorithm>

#include "ops/op_ids.h"

namespace verge::runtime {
namespace {

constexpr int32_t kNever = -1;
constexpr size_t kNoBuffer = ~size_t{0};

// The steps in which a node runs, one or, in a group of bands, all those of the group.
struct Time {
  int32_t first = 0;
  int32_t last = 0;
  bool is_inside = false;  // in a group, and not its last node
  bool is_alone() const { return first == last; }
};

std::vector<Time> TimesOf(size_t nodes, std::span<const BandGroup> bands) {
  std::vector<Time> times(nodes);
  for (size_t i = 0; i < nodes; ++i) times[i] = {static_cast<int32_t>(i), static_cast<int32_t>(i)};
  for (const BandGroup& group : bands) {
    for (size_t i = group.first; i <= group.last(); ++i) {
      times[i] = {static_cast<int32_t>(group.first), static_cast<int32_t>(group.last()), i != group.last()};
    }
  }
  return times;
}

// The last step that reads each value; kNever when none does.
std::vector<int32_t> LastUses(const format::ModelTables& tables, std::span<const Time> times) {
  const auto end = static_cast<int32_t>(tables.nodes.size());
  std::vector<int32_t> last(tables.values.size(), kNever);
  for (size_t i = 0; i < tables.nodes.size(); ++i) {
    for (const uint32_t index : tables.nodes[i].inputs) {
      if (index != format::kOmittedInput) last[index] = times[i].last;
    }
  }
  for (const uint32_t index : tables.inputs) last[index] = end;
  for (const uint32_t index : tables.outputs) last[index] = end;
  for (const format::ModelState& state : tables.states) last[state.input] = last[state.output] = end;
  for (const format::ModelCountedDim& counted : tables.counted) last[counted.count] = end;
  return last;
}

// Values that hold the same bytes because reshapes lie between them: one buffer serves them all, as long as nobody
// writes into it. A value that no reshape makes is a group of its own.
struct Views {
  std::vector<uint32_t> root;      // of each value, the group's first one
  std::vector<int32_t> last_uses;  // of each root: the last step that reads any of its group
  std::vector<bool> is_shared;     // one a node: a reshape whose output joined the group of its input
};

// The session's user writes inputs and reads outputs, and states change places: no two of these may be one buffer.
Views FindViews(const format::ModelTables& tables, const std::vector<int32_t>& last_uses) {
  const auto end = static_cast<int32_t>(tables.nodes.size());
  Views views{std::vector<uint32_t>(tables.values.size()), last_uses, std::vector<bool>(tables.nodes.size(), false)};
  for (uint32_t v = 0; v < views.root.size(); ++v) views.root[v] = v;
  for (size_t i = 0; i < tables.nodes.size(); ++i) {
    const format::ModelNode& node = tables.nodes[i];
    if (node.op != ops::ids::kReshape || tables.values[node.inputs[0]].constant != nullptr) continue;
    const uint32_t root = views.root[node.inputs[0]];
    const uint32_t output = node.outputs[0];
    if (last_uses[output] == end && views.last_uses[root] == end) continue;
    views.root[output] = root;
    views.last_uses[root] = std::max(views.last_uses[root], last_uses[output]);
    views.is_shared[i] = true;
  }
  return views;
}

bool CanRunInPlace(const format::ModelTables& tables, size_t step, const Views& views) {
  const format::ModelNode& node = tables.nodes[step];
  if (views.is_shared[step]) return true;
  if (!ops::GetOp(node.op).can_run_in_place || node.inputs.empty() || node.inputs[0] == format::kOmittedInput) {
    return false;
  }
  const format::ModelValue& value = tables.values[node.inputs[0]];
  const uint32_t source = views.root[node.inputs[0]];
  if (value.constant != nullptr || views.last_uses[source] != static_cast<int32_t>(step)) return false;
  const auto reads = std::ranges::count_if(
      node.inputs, [&](uint32_t input) { return input != format::kOmittedInput && views.root[input] == source; });
  return reads == 1 && value.type.CheckedBytes() == tables.values[node.outputs[0]].type.CheckedBytes();
}

}  // namespace

Result<MemoryPlan> PlanMemory(const format::ModelTables& tables, std::span<const PreparedNode> nodes,
                              std::span<const BandGroup> bands) {
  const std::vector<Time> times = TimesOf(nodes.size(), bands);
  const std::vector<int32_t> last_uses = LastUses(tables, times);
  const Views views = FindViews(tables, last_uses);
  MemoryPlan plan;
  std::vector<plan::ArenaBuffer> buffers;
  std::vector<size_t> buffer_of(tables.values.size(), kNoBuffer);
  const auto add = [&](uint32_t value, int32_t first, int32_t alias) {
    buffer_of[value] = buffers.size();
    buffers.push_back({first, std::max(first, last_uses[value]), *tables.values[value].type.CheckedBytes(), alias});
  };
  for (const uint32_t index : tables.inputs) add(index, 0, plan::kNoAlias);
  for (const format::ModelState& state : tables.states) add(state.input, 0, plan::kNoAlias);
  std::vector<size_t> scratch_of(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const format::ModelNode& node = tables.nodes[i];
    const int32_t step = times[i].first;
    plan.is_in_place.push_back(times[i].is_alone() && CanRunInPlace(tables, i, views));
    for (size_t o = 0; o < node.outputs.size() && !times[i].is_inside; ++o) {
      const bool takes_over = o == 0 && plan.is_in_place.back();
      add(node.outputs[o], step, takes_over ? static_cast<int32_t>(buffer_of[node.inputs[0]]) : plan::kNoAlias);
    }
    scratch_of[i] = buffers.size();
    buffers.push_back({step, step, times[i].is_alone() ? nodes[i].scratch_bytes : 0, plan::kNoAlias});
  }
  const size_t first_group = buffers.size();
  for (const BandGroup& group : bands) {
    buffers.push_back(
        {static_cast<int32_t>(group.first), static_cast<int32_t>(group.last()), group.bytes(), plan::kNoAlias});
  }
  VERGE_TRY_ASSIGN(plan.arena, plan::PlanArena(buffers));
  for (const size_t buffer : buffer_of) {
    plan.value_offsets.push_back(buffer == kNoBuffer ? 0 : plan.arena.offsets[buffer]);
  }
  for (const size_t buffer : scratch_of) plan.scratch_offsets.push_back(plan.arena.offsets[buffer]);
  for (size_t g = 0; g < bands.size(); ++g) plan.band_offsets.push_back(plan.arena.offsets[first_group + g]);
  return plan;
}

}  // namespace verge::runtime
