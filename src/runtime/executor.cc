#include "runtime/executor.h"

#include <chrono>

namespace verge::runtime {

Executor::Executor(const PreparedGraph& graph, std::byte* arena, Parallel* parallel) : graph_(graph) {
  const format::ModelTables& tables = *graph.tables;
  for (uint32_t i = 0; i < tables.values.size(); ++i) {
    const format::ModelValue& value = tables.values[i];
    // Kernels never write to their inputs, and constants are never outputs of a node.
    void* const data =
        value.constant != nullptr ? const_cast<std::byte*>(value.constant) : arena + graph.value_offsets[i];
    values_.push_back({value.type, data});
  }
  size_t operands = 0;
  size_t runners = 0;
  for (const format::ModelNode& node : tables.nodes) {
    operands += node.inputs.size() + node.outputs.size();
    runners += node.subgraphs.size();
  }
  operands_.reserve(operands);  // the steps' views must not move
  operand_values_.reserve(operands);
  runners_.reserve(runners);
  steps_.reserve(tables.nodes.size());
  for (size_t i = 0; i < tables.nodes.size(); ++i) AddStep(graph.nodes[i], tables.nodes[i], arena, parallel);
  AddBands(arena, parallel);
  AddUnits();
  CollectEnds();
}

std::span<const Tensor> Executor::AddOperands(std::span<const uint32_t> indices) {
  const size_t first = operands_.size();
  for (const uint32_t index : indices) {
    operands_.push_back(index == format::kOmittedInput ? Tensor{} : values_[index]);
    operand_values_.push_back(index);
  }
  return {operands_.data() + first, indices.size()};
}

void Executor::AddStep(const PreparedNode& node, const format::ModelNode& source, std::byte* arena,
                       Parallel* parallel) {
  const std::span<const Tensor> inputs = AddOperands(source.inputs);
  const std::span<const Tensor> outputs = AddOperands(source.outputs);
  std::byte* const scratch = node.scratch_bytes > 0 ? arena + node.scratch_offset : nullptr;
  const size_t first = runners_.size();
  for (const uint32_t index : source.subgraphs) {
    subgraphs_.push_back(std::make_unique<Executor>(graph_.subgraphs[index], scratch, parallel));
    runners_.push_back(subgraphs_.back().get());
  }
  steps_.push_back({node.kernel->run,
                    {.attrs = source.attrs,
                     .inputs = inputs,
                     .outputs = outputs,
                     .packed = node.packed.data(),
                     .scratch = scratch,
                     .parallel = parallel,
                     .subgraphs = {runners_.data() + first, source.subgraphs.size()}}});
}

void Executor::AddBands(std::byte* arena, Parallel* parallel) {
  bands_.reserve(graph_.bands.size());
  for (size_t g = 0; g < graph_.bands.size(); ++g) {
    const BandGroup& group = graph_.bands[g];
    std::vector<BandRunner::Node> nodes;
    for (size_t i = group.first; i <= group.last(); ++i) {
      nodes.push_back({graph_.nodes[i].op, steps_[i].run, steps_[i].args});
    }
    bands_.emplace_back(group, std::move(nodes), arena + graph_.band_offsets[g], parallel);
  }
}

void Executor::AddUnits() {
  auto band = bands_.begin();
  for (size_t i = 0; i < steps_.size();) {
    const bool is_band = band != bands_.end() && band->first() == i;
    units_.push_back({i, is_band ? &*band : nullptr});
    i += is_band ? (band++)->size() : 1;
  }
}

void Executor::CollectEnds() {
  inputs_.clear();
  outputs_.clear();
  for (const uint32_t index : graph_.tables->inputs) inputs_.push_back(values_[index]);
  for (const uint32_t index : graph_.tables->outputs) outputs_.push_back(values_[index]);
}

void Executor::Run() {
  for (const Unit& unit : units_) {
    if (unit.band != nullptr) {
      unit.band->Run(nullptr);
    } else {
      steps_[unit.step].run(steps_[unit.step].args);
    }
  }
}

void Executor::RunProfiled(std::span<uint64_t> profile_ns) {
  using Clock = std::chrono::steady_clock;
  for (const Unit& unit : units_) {
    const size_t i = unit.step;
    if (unit.band != nullptr) {
      unit.band->Run(&profile_ns[i]);
      continue;
    }
    const Clock::time_point start = Clock::now();
    steps_[i].run(steps_[i].args);
    const auto elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start);
    profile_ns[i] += static_cast<uint64_t>(elapsed.count());
  }
}

void Executor::RunStepwise(const std::function<void(size_t node)>& seen) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    steps_[i].run(steps_[i].args);
    seen(i);
  }
}

void Executor::Rebind(uint32_t value, void* data) {
  values_[value].data = data;
  for (size_t i = 0; i < operands_.size(); ++i) {
    if (operand_values_[i] == value) operands_[i].data = data;
  }
  CollectEnds();
}

}  // namespace verge::runtime
