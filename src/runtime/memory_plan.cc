#include "runtime/memory_plan.h"

#include <algorithm>

namespace verge::runtime {
namespace {

constexpr int32_t kNever = -1;
constexpr size_t kNoBuffer = ~size_t{0};

// The last step that reads each value; kNever when none does.
std::vector<int32_t> LastUses(const format::ModelTables& tables) {
  const auto end = static_cast<int32_t>(tables.nodes.size());
  std::vector<int32_t> last(tables.values.size(), kNever);
  for (size_t i = 0; i < tables.nodes.size(); ++i) {
    for (const uint32_t index : tables.nodes[i].inputs) {
      if (index != format::kOmittedInput) last[index] = static_cast<int32_t>(i);
    }
  }
  for (const uint32_t index : tables.inputs) last[index] = end;
  for (const uint32_t index : tables.outputs) last[index] = end;
  for (const format::ModelState& state : tables.states) last[state.input] = last[state.output] = end;
  for (const format::ModelCountedDim& counted : tables.counted) last[counted.count] = end;
  return last;
}

bool CanRunInPlace(const format::ModelTables& tables, size_t step, const std::vector<int32_t>& last_uses) {
  const format::ModelNode& node = tables.nodes[step];
  if (!ops::GetOp(node.op).can_run_in_place || node.inputs.empty() || node.inputs[0] == format::kOmittedInput) {
    return false;
  }
  const uint32_t source = node.inputs[0];
  const format::ModelValue& value = tables.values[source];
  if (value.constant != nullptr || last_uses[source] != static_cast<int32_t>(step)) return false;
  if (std::count(node.inputs.begin(), node.inputs.end(), source) != 1) return false;
  return value.type.CheckedBytes() == tables.values[node.outputs[0]].type.CheckedBytes();
}

}  // namespace

Result<MemoryPlan> PlanMemory(const format::ModelTables& tables, std::span<const PreparedNode> nodes) {
  const std::vector<int32_t> last_uses = LastUses(tables);
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
    const auto step = static_cast<int32_t>(i);
    plan.is_in_place.push_back(CanRunInPlace(tables, i, last_uses));
    for (size_t o = 0; o < node.outputs.size(); ++o) {
      const bool takes_over = o == 0 && plan.is_in_place.back();
      add(node.outputs[o], step, takes_over ? static_cast<int32_t>(buffer_of[node.inputs[0]]) : plan::kNoAlias);
    }
    scratch_of[i] = buffers.size();
    buffers.push_back({step, step, nodes[i].scratch_bytes, plan::kNoAlias});
  }
  VERGE_TRY_ASSIGN(plan.arena, plan::PlanArena(buffers));
  for (const size_t buffer : buffer_of) {
    plan.value_offsets.push_back(buffer == kNoBuffer ? 0 : plan.arena.offsets[buffer]);
  }
  for (const size_t buffer : scratch_of) plan.scratch_offsets.push_back(plan.arena.offsets[buffer]);
  return plan;
}

}  // namespace verge::runtime
