// The seam between the generated table of kernels and KernelsFor (kernel.h).
#pragma once

#include "ops/kernel.h"

namespace verge::ops {

// One line of ops.def. `fast` is null when the op has no <op>_fast.cc, both are when this build leaves the op out (VERGE_OPS).
struct KernelRow {
  const std::span<const Kernel* const>* fast;
  const Kernel* reference;
};

// In the order of ops.def. Generated.
std::span<const KernelRow> AllKernels();

// The plain kernel of an op, the judge of all others.
const Kernel& ReferenceKernel(OpId id);

}  // namespace verge::ops
