// Runs the nodes of one graph over an arena: the part of a session that is the same for a model and for the subgraphs
// that its control flow runs. Internal.
//
// Memory    borrows the graph, the arena and `parallel`; all outlive it. Allocates when it is made, never in Run.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "base/tensor.h"
#include "ops/kernel.h"
#include "runtime/band_runner.h"
#include "runtime/model.h"

namespace verge::runtime {

class Executor final : public ops::SubgraphRunner {
 public:
  Executor(const PreparedGraph& graph, std::byte* arena, Parallel* parallel);

  std::span<const Tensor> inputs() const override { return inputs_; }
  std::span<const Tensor> outputs() const override { return outputs_; }
  void Run() override;
  // The same with two clock reads a node; adds the nanoseconds of each node to `profile_ns`.
  void RunProfiled(std::span<uint64_t> profile_ns);
  // The same with a call after each node; the graph has no bands.
  void RunStepwise(const std::function<void(size_t node)>& seen);

  const Tensor& value(uint32_t index) const { return values_[index]; }
  // Uses `data` for the value from now on.
  void Rebind(uint32_t value, void* data);

 private:
  struct Step {
    void (*run)(const ops::RunArgs& args);
    ops::RunArgs args;
  };

  // What runs one after the other: a step, or several as one group of bands.
  struct Unit {
    size_t step = 0;
    const BandRunner* band = nullptr;
  };

  void AddStep(const PreparedNode& node, const format::ModelNode& source, std::byte* arena, Parallel* parallel);
  std::span<const Tensor> AddOperands(std::span<const uint32_t> indices);
  void AddBands(std::byte* arena, Parallel* parallel);
  void AddUnits();
  void CollectEnds();

  const PreparedGraph& graph_;
  std::vector<Tensor> values_;    // one a value of the graph
  std::vector<Tensor> operands_;  // inputs and outputs of all nodes, one after the other; steps view them
  std::vector<uint32_t> operand_values_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<std::unique_ptr<Executor>> subgraphs_;
  std::vector<ops::SubgraphRunner*> runners_;  // of all nodes, one after the other; steps view them
  std::vector<Step> steps_;
  std::vector<BandRunner> bands_;
  std::vector<Unit> units_;
};

}  // namespace verge::runtime
