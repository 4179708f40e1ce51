// What the runtime needs to run an operator: a list of kernels per op in order of preference, the last of which is the
// plain reference that accepts everything the op's shape rule accepts.
//
// Life of a kernel for one node:
//   Supports()   at load: can this kernel take these types, on this CPU?
//   Prepare()    at load (and when shapes change): how many bytes of scratch and of packed constants?
//   Pack()       once at load: rewrite constant inputs (weights) into the layout the inner loop wants.
//   Run()        any number of times: computes; never allocates, never fails. Everything was checked before.
//
// Threads   Run is re-entrant for different sessions. It may split its work through args.parallel.
// Layers    includes base only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/cpu_features.h"
#include "base/parallel.h"
#include "base/status.h"
#include "base/tensor.h"
#include "ops/op_def.h"

namespace verge::ops {

struct PrepareArgs {
  const OpAttrs& attrs;
  // data is set for constants only; a missing optional input has data null and is_present false.
  std::span<const InferInput> inputs;
  std::span<const TensorType> outputs;
  const CpuFeatures& cpu;
  int threads = 1;
};

struct KernelNeeds {
  size_t scratch_bytes = 0;  // 64-byte aligned, private to one node while it runs; from the session's arena
  size_t packed_bytes = 0;   // 64-byte aligned, written by Pack, read by every Run, shared by sessions
  // Bit i: Run does not read constant input i any more once packed, so its memory may be dropped.
  uint32_t unread_inputs = 0;
};

// A subgraph that a control-flow kernel runs any number of times: it writes the inputs, runs, reads the outputs.
class SubgraphRunner {
 public:
  virtual ~SubgraphRunner() = default;
  virtual std::span<const Tensor> inputs() const = 0;
  virtual std::span<const Tensor> outputs() const = 0;
  virtual void Run() = 0;
};

struct RunArgs {
  const OpAttrs& attrs;
  std::span<const Tensor> inputs;   // a missing optional input has data == nullptr
  std::span<const Tensor> outputs;  // in-place when the op allows it and the planner chose so: same data pointer
  const std::byte* packed = nullptr;
  std::byte* scratch = nullptr;
  Parallel* parallel = nullptr;                     // null: single thread
  std::span<SubgraphRunner* const> subgraphs = {};  // of control flow, in the order of its node
};

struct Kernel {
  const char* name;  // by the grammar of STYLE 2.6, e.g. "conv2d_f32_nhwc__avx512"
  bool (*supports)(const PrepareArgs& args);
  Result<KernelNeeds> (*prepare)(const PrepareArgs& args);               // null: needs nothing
  Status (*pack)(const PrepareArgs& args, std::span<std::byte> packed);  // null when packed_bytes is 0
  void (*run)(const RunArgs& args);
};

// Kernels of one op, best first; the reference is last. Made at build time from the files in the op's folder.
std::span<const Kernel* const> KernelsFor(OpId id);

}  // namespace verge::ops
