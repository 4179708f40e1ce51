// Runs a loaded model: one arena with the inputs, outputs and everything in between.
//
//   write session.input(i).data ... session.Run() ... read session.output(i).data
//
// Run       allocates nothing, checks nothing and cannot fail: all of it was done before.
// States    of a model with memory live in the arena from run to run; ResetState makes them as they were at first.
// Inputs    keep their contents through a run. Outputs are valid until the next run.
// Memory    the arena, zero-filled at first; input and output views borrow it. BindInput and BindOutput replace a
//           view's memory by the caller's, which then outlives its last Run.
// Threads   one thread at a time uses a session; sessions of one model run at the same time. `parallel` is borrowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "base/status.h"
#include "base/tensor.h"
#include "format/model/aligned_bytes.h"
#include "runtime/executor.h"
#include "runtime/model.h"

namespace verge::runtime {

class Session {
 public:
  // `parallel` null: single thread. kInvalidArgument when it has more threads than the model was loaded for;
  // kResourceExhausted without memory for the arena.
  static Result<Session> Create(std::shared_ptr<const Model> model, Parallel* parallel = nullptr);
  Session(Session&&) = default;
  Session& operator=(Session&&) = default;

  const Model& model() const { return *model_; }
  const Tensor& input(size_t i) const { return executor_->value(model_->tables().inputs[i]); }
  const Tensor& output(size_t i) const { return executor_->value(model_->tables().outputs[i]); }

  // The shape of output i after a run: its own, but for sizes that depend on data (a detector's boxes after
  // suppression), which are as many as this run found, maybe none. The elements lie densely packed by this shape.
  Shape OutputShape(size_t i) const;

  // Uses `data` (64-byte aligned, of the tensor's size) in place of the arena. kInvalidArgument when misaligned or when
  // there is no such input or output; kUnsupported for an output that is a graph input or a constant.
  Status BindInput(size_t i, void* data);
  Status BindOutput(size_t i, void* data);

  void Run();
  // Runs, and calls `seen` after each node, while what the node computed is there to be read by value(): a later node
  // may write over it. For comparisons, with a model that was loaded with keep_values.
  void RunStepwise(const std::function<void(size_t node)>& seen);
  const Tensor& value(uint32_t id) const { return executor_->value(id); }
  // Forgets all earlier runs.
  void ResetState();

  // From now on Run measures each node (two clock reads a node). Allocates here, not in Run.
  void EnableProfile();
  // Nanoseconds a node, summed over all profiled runs; empty before EnableProfile.
  std::span<const uint64_t> profile_ns() const { return profile_ns_; }
  uint64_t profiled_runs() const { return profiled_runs_; }

 private:
  explicit Session(std::shared_ptr<const Model> model) : model_(std::move(model)) {}

  // What follows the nodes: states are carried over, counted outputs cut.
  void FinishRun();
  void CompactOutputs();

  std::shared_ptr<const Model> model_;  // shared with the other sessions of the model
  format::AlignedBytes arena_;
  std::unique_ptr<Executor> executor_;
  std::vector<uint64_t> profile_ns_;
  uint64_t profiled_runs_ = 0;
};

}  // namespace verge::runtime
