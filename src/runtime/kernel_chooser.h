// Says which of several kernels is to run a node, where someone knows better than the order of ops::KernelsFor.
//
// Threads   Choose is called by whoever loads a model; models may be loaded at the same time.
#pragma once

#include "ops/kernel.h"

namespace verge::runtime {

class KernelChooser {
 public:
  virtual ~KernelChooser() = default;
  // Null: no opinion. The answer is taken only when it supports `args`. args.attrs is the node's own, in the model's
  // tables.
  virtual const ops::Kernel* Choose(ops::OpId op, const ops::PrepareArgs& args) const = 0;
};

}  // namespace verge::runtime
