#include "inspect/report.h"

#include <algorithm>
#include <map>
#include <set>

#include "ops/attr_text.h"
#include "plan/arena.h"

namespace verge::inspect {
namespace {

TensorType TypeOf(const ValueFacts& value) { return {value.dtype, value.shape, {}}; }

// For each value: the constants that alone it is made of; empty for whatever depends on an input.
class Origins {
 public:
  explicit Origins(const ModelFacts& facts) : roots_(facts.values.size()), is_static_(facts.values.size(), false) {
    for (uint32_t i = 0; i < facts.values.size(); ++i) {
      if (!facts.values[i].is_constant) continue;
      is_static_[i] = true;
      roots_[i] = {i};
    }
    for (const NodeFacts& node : facts.nodes) {
      if (!IsStatic(node)) continue;
      std::set<uint32_t> all;
      for (const uint32_t id : node.inputs) {
        if (id != ir::kNoValue) all.insert(roots_[id].begin(), roots_[id].end());
      }
      for (const uint32_t id : node.outputs) {
        is_static_[id] = true;
        roots_[id] = all;
      }
    }
  }

  bool IsStatic(uint32_t value) const { return is_static_[value]; }
  // A node whose outputs can be computed before the first run.
  bool IsStatic(const NodeFacts& node) const {
    return !node.inputs.empty() && std::all_of(node.inputs.begin(), node.inputs.end(),
                                               [&](uint32_t id) { return id == ir::kNoValue || is_static_[id]; });
  }
  const std::set<uint32_t>& Roots(uint32_t value) const { return roots_[value]; }

 private:
  std::vector<std::set<uint32_t>> roots_;
  std::vector<bool> is_static_;
};

uint64_t MacsOf(const ModelFacts& facts, const NodeFacts& node) {
  std::vector<TensorType> inputs;
  std::vector<TensorType> outputs;
  for (const uint32_t id : node.inputs) inputs.push_back(id == ir::kNoValue ? TensorType{} : TypeOf(facts.values[id]));
  for (const uint32_t id : node.outputs) outputs.push_back(TypeOf(facts.values[id]));
  return ops::GetOp(node.op).macs(node.attrs, inputs, outputs);
}

void Add(const Cost& part, Cost& sum) {
  sum.macs += part.macs;
  sum.parameters += part.parameters;
  sum.weights_bytes += part.weights_bytes;
  sum.stored_bytes += part.stored_bytes;
}

// Counts each constant at the first node that uses it.
Cost CostOf(const ModelFacts& facts, const NodeFacts& node, const Origins& origins, std::set<uint32_t>& counted) {
  Cost cost;
  if (origins.IsStatic(node)) return cost;
  cost.macs = MacsOf(facts, node);
  for (const uint32_t input : node.inputs) {
    if (input == ir::kNoValue) continue;
    for (const uint32_t root : origins.Roots(input)) {
      if (!counted.insert(root).second) continue;
      cost.parameters += facts.values[root].shape.elems();
      cost.weights_bytes += TypeOf(facts.values[root]).CheckedBytes().value_or(0);
      cost.stored_bytes += facts.values[root].stored_bytes;
    }
  }
  return cost;
}

// Of the constants that nodes use.
std::vector<EncodingRow> EncodingsOf(const ModelFacts& facts, const std::set<uint32_t>& used) {
  std::map<std::string, EncodingRow> by_name;
  for (const uint32_t id : used) {
    const ValueFacts& value = facts.values[id];
    EncodingRow& row = by_name[value.encoding];
    row.encoding = value.encoding;
    ++row.count;
    row.weights_bytes += TypeOf(value).CheckedBytes().value_or(0);
    row.stored_bytes += value.stored_bytes;
  }
  std::vector<EncodingRow> rows;
  for (auto& [name, row] : by_name) rows.push_back(std::move(row));
  return rows;
}

NodeRow MakeRow(const ModelFacts& facts, const NodeFacts& node) {
  const ops::OpDef& op = ops::GetOp(node.op);
  NodeRow row;
  row.name = node.name;
  row.op = op.name;
  row.attrs = ops::PrintAttrs(op, node.attrs);
  for (const uint32_t id : node.inputs) row.inputs.push_back(id == ir::kNoValue ? "" : facts.values[id].name);
  for (const uint32_t id : node.outputs) row.outputs.push_back(facts.values[id].name);
  if (!node.outputs.empty()) {
    const ValueFacts& first = facts.values[node.outputs[0]];
    row.output_type = DTypeName(first.dtype) + ToString(first.shape);
  }
  return row;
}

Status PlanActivations(const Origins& origins, Report& report) {
  const ModelFacts& facts = report.facts;
  const auto steps = static_cast<int32_t>(facts.nodes.size());
  constexpr int32_t kNever = -1;
  std::vector<plan::ArenaBuffer> all(facts.values.size(), {.first = kNever, .last = kNever, .bytes = 0});
  for (const uint32_t id : facts.inputs) all[id].first = all[id].last = 0;
  for (int32_t step = 0; step < steps; ++step) {
    const NodeFacts& node = facts.nodes[static_cast<size_t>(step)];
    for (const uint32_t id : node.outputs) all[id].first = all[id].last = step;
    for (const uint32_t id : node.inputs) {
      if (id != ir::kNoValue) all[id].last = step;
    }
  }
  for (const uint32_t id : facts.outputs) all[id].last = std::max(steps - 1, 0);
  for (const uint32_t id : facts.states) all[id] = {.first = 0, .last = std::max(steps - 1, 0), .bytes = 0};
  std::vector<plan::ArenaBuffer> buffers;
  for (uint32_t id = 0; id < facts.values.size(); ++id) {
    if (origins.IsStatic(id) || all[id].first == kNever) continue;
    all[id].bytes = TypeOf(facts.values[id]).CheckedBytes().value_or(0);
    buffers.push_back(all[id]);
  }
  VERGE_TRY_ASSIGN(const plan::ArenaPlan arena, plan::PlanArena(buffers));
  report.activation_bytes = arena.total_bytes;
  report.activation_lower_bound_bytes = arena.lower_bound_bytes;
  return Status::Ok();
}

}  // namespace

Result<Report> MakeReport(std::string file, uint64_t file_bytes, ModelFacts facts) {
  Report report;
  report.file = std::move(file);
  report.file_bytes = file_bytes;
  report.facts = std::move(facts);
  const Origins origins(report.facts);
  std::map<std::string, OpRow> by_op;
  std::set<uint32_t> counted;
  for (const NodeFacts& node : report.facts.nodes) {
    NodeRow row = MakeRow(report.facts, node);
    row.cost = CostOf(report.facts, node, origins, counted);
    OpRow& op = by_op[row.op];
    op.op = row.op;
    ++op.count;
    Add(row.cost, op.cost);
    Add(row.cost, report.total);
    report.nodes.push_back(std::move(row));
  }
  for (auto& [name, row] : by_op) report.ops.push_back(std::move(row));
  std::stable_sort(report.ops.begin(), report.ops.end(), [](const OpRow& a, const OpRow& b) {
    return a.cost.macs != b.cost.macs ? a.cost.macs > b.cost.macs : a.count > b.count;
  });
  report.encodings = EncodingsOf(report.facts, counted);
  VERGE_TRY(PlanActivations(origins, report));
  return report;
}

}  // namespace verge::inspect
