#include "runtime/bands.h"

#include <algorithm>
#include <optional>

#include "plan/arena.h"
#include "runtime/node_args.h"

namespace verge::runtime {
namespace {

constexpr int64_t kMinBandRows = 2;  // less, and most of the time goes into the seams
constexpr int64_t kMinTaskRows = 8;  // fewer rows a thread, and too many are computed twice

constexpr size_t Aligned(size_t bytes) { return (bytes + plan::kArenaAlignment - 1) & ~(plan::kArenaAlignment - 1); }

// How often each value is read; the graph's own ends count, because they are to be whole.
std::vector<int> CountReaders(const format::ModelTables& tables) {
  std::vector<int> readers(tables.values.size(), 0);
  const auto add = [&](uint32_t value) { ++readers[value]; };
  for (const format::ModelNode& node : tables.nodes) {
    for (const uint32_t input : node.inputs) {
      if (input != format::kOmittedInput) add(input);
    }
  }
  for (const uint32_t index : tables.inputs) add(index);
  for (const uint32_t index : tables.outputs) add(index);
  for (const format::ModelState& state : tables.states) add(state.output);
  for (const format::ModelCountedDim& counted : tables.counted) add(counted.count);
  return readers;
}

class Finder {
 public:
  Finder(const format::ModelTables& tables, std::span<const PreparedNode> nodes, const LoadOptions& options)
      : tables_(tables), nodes_(nodes), options_(options), readers_(CountReaders(tables)) {}

  std::vector<BandGroup> Find() const {
    std::vector<BandGroup> groups;
    for (size_t i = 0; i < nodes_.size();) {
      std::optional<BandGroup> group = GroupFrom(i);
      i = group ? group->last() + 1 : i + 1;
      if (group) groups.push_back(std::move(*group));
    }
    return groups;
  }

 private:
  // Caches are shared with weights and with what the group reads and writes.
  size_t BufferBudget() const { return options_.cpu->l2_bytes * 5 / 8; }
  size_t SmallValue() const { return options_.cpu->l2_bytes / 2; }
  size_t WeightBudget() const { return options_.cpu->l2_bytes / 4; }

  const TensorType& Output(size_t node) const { return tables_.values[tables_.nodes[node].outputs[0]].type; }
  size_t ValueBytes(size_t node) const { return Output(node).CheckedBytes().value_or(0); }

  std::optional<BandGroup> GroupFrom(size_t first) const {
    std::optional<BandNode> head = NodeOf(first, 0);
    if (!head) return std::nullopt;
    BandGroup group;
    group.first = first;
    group.nodes.push_back(*head);
    std::optional<BandGroup> best;
    size_t weights = nodes_[first].packed_bytes;
    for (size_t node = first; ValueBytes(node) > SmallValue() && group.nodes.size() < kMaxBandNodes; ++node) {
      const std::optional<BandNode> next = NextOf(node);
      weights += next ? nodes_[node + 1].packed_bytes : 0;
      if (!next || weights > WeightBudget()) break;
      group.nodes.push_back(*next);
      // What a group ends with is written out: the smaller the better.
      if ((!best || ValueBytes(node + 1) <= ValueBytes(best->last())) && LayOut(group)) best = group;
    }
    return best;
  }

  // The node after `node`, when it is chained to its value.
  std::optional<BandNode> NextOf(size_t node) const {
    const uint32_t value = tables_.nodes[node].outputs[0];
    if (node + 1 == nodes_.size() || readers_[value] != 1) return std::nullopt;
    const std::span<const uint32_t> inputs = tables_.nodes[node + 1].inputs;
    const auto linked = std::ranges::find(inputs, value);
    return linked == inputs.end() ? std::nullopt : NodeOf(node + 1, static_cast<size_t>(linked - inputs.begin()));
  }

  std::optional<BandNode> NodeOf(size_t index, size_t linked) const {
    const format::ModelNode& node = tables_.nodes[index];
    if (node.outputs.size() != 1 || node.inputs.empty() || node.inputs.size() > kMaxBandInputs) return std::nullopt;
    std::vector<TensorType> inputs;
    for (const uint32_t input : node.inputs) {
      inputs.push_back(input == format::kOmittedInput ? TensorType{} : tables_.values[input].type);
    }
    const TensorType& output = Output(index);
    const std::optional<ops::RowRule> rule = ops::RowRuleOf(node.op, node.attrs, inputs, linked, output);
    if (!rule || output.shape[1] < 2) return std::nullopt;
    return BandNode{linked, *rule, *output.CheckedBytes() / static_cast<size_t>(output.shape[1])};
  }

  // Chooses rows and threads, and where everything lies; false when bands bring nothing or do not fit.
  bool LayOut(BandGroup& group) const {
    SetHomes(group);
    const int64_t rows = Output(group.last()).shape[1];
    group.tasks = static_cast<int>(std::min<int64_t>(options_.threads, rows / kMinTaskRows));
    if (group.tasks < options_.threads) return false;
    const int64_t most = (rows + group.tasks - 1) / group.tasks;
    group.band_rows = 0;
    for (int64_t band = kMinBandRows; band <= most; ++band) {
      SetBuffers(group, band);
      if (group.scratch_offset > BufferBudget()) break;
      group.band_rows = band;
    }
    if (group.band_rows == 0) return false;
    // Even bands: the last one is not a single row.
    const int64_t bands = (most + group.band_rows - 1) / group.band_rows;
    group.band_rows = (most + bands - 1) / bands;
    SetBuffers(group, group.band_rows);
    return AddScratch(group);
  }

  // A node that needs each row alone and only writes over it works in the memory of the value before it.
  void SetHomes(BandGroup& group) const {
    for (size_t k = group.nodes.size(); k-- > 0;) {
      group.nodes[k].home = k;
      if (k + 1 == group.nodes.size()) continue;
      const BandNode& next = group.nodes[k + 1];
      const size_t at = group.first + k;
      const bool takes_over = !next.rule.is_window && next.linked == 0 &&
                              ops::GetOp(nodes_[at + 1].op).can_run_in_place &&
                              Output(at).dtype == Output(at + 1).dtype;
      if (takes_over) group.nodes[k].home = next.home;
    }
  }

  // A value's buffer holds what one band of its reader reads.
  void SetBuffers(BandGroup& group, int64_t band) const {
    size_t offset = 0;
    int64_t rows = band;
    for (size_t k = group.nodes.size() - 1; k-- > 0;) {
      const ops::RowRule& reader = group.nodes[k + 1].rule;
      rows = std::min((rows - 1) * reader.stride + reader.reach, Output(group.first + k).shape[1]);
      BandNode& node = group.nodes[k];
      if (node.home != k) continue;
      node.buffer_rows = static_cast<size_t>(rows);
      node.buffer_offset = offset;
      offset += Aligned(node.buffer_rows * node.row_bytes);
    }
    group.scratch_offset = offset;
  }

  // What the kernels want for an image of a band's rows. They must read the same packed weights as for the whole one.
  bool AddScratch(BandGroup& group) const {
    size_t scratch = 0;
    int64_t rows = group.band_rows;
    for (size_t k = group.nodes.size(); k-- > 0;) {
      const size_t index = group.first + k;
      const format::ModelNode& node = tables_.nodes[index];
      NodeArgs args(tables_, node);
      const Shape whole = args.outputs[0].shape;
      args.outputs[0].shape.set(1, std::min(rows, whole[1]));
      rows = (rows - 1) * group.nodes[k].rule.stride + group.nodes[k].rule.reach;
      for (size_t i = 0; i < args.inputs.size(); ++i) {
        Shape& shape = args.inputs[i].type.shape;
        if (i == group.nodes[k].linked) {
          shape.set(1, std::min(rows, shape[1]));
        } else if (!group.nodes[k].rule.is_window && ops::HasRowsOf(shape, whole)) {
          shape.set(ops::RowDimension(shape), args.outputs[0].shape[1]);
        }
      }
      const ops::Kernel& kernel = *nodes_[index].kernel;
      if (kernel.prepare == nullptr) continue;
      const Result<ops::KernelNeeds> needs = kernel.prepare(args.Prepare(node, options_, 1));
      if (!needs.ok() || Aligned(needs->packed_bytes) != nodes_[index].packed_bytes) return false;
      scratch = std::max(scratch, needs->scratch_bytes);
    }
    group.task_bytes = group.scratch_offset + Aligned(scratch);
    return true;
  }

  const format::ModelTables& tables_;
  std::span<const PreparedNode> nodes_;
  const LoadOptions& options_;
  std::vector<int> readers_;
};

}  // namespace

std::vector<BandGroup> FindBands(const format::ModelTables& tables, std::span<const PreparedNode> nodes,
                                 const LoadOptions& options) {
  if (options.force_reference || options.keep_values) return {};
  return Finder(tables, nodes, options).Find();
}

}  // namespace verge::runtime
