#include "ops/kernel_list.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "ops/op_ids.h"

namespace verge::ops {
namespace {

constexpr size_t kOpCount = 0
#define VERGE_OP(folder, Name) +1
#include "ops/ops.def"
#undef VERGE_OP
    ;

// No op has more kernels than this in one build.
constexpr size_t kMaxKernels = 16;

// Fast kernels and the reference of one op in one row, as KernelsFor hands them out.
struct Row {
  std::array<const Kernel*, kMaxKernels> kernels{};
  size_t count = 0;
};

std::array<Row, kOpCount> JoinRows() {
  std::array<Row, kOpCount> rows;
  for (size_t i = 0; i < kOpCount; ++i) {
    const KernelRow& from = AllKernels()[i];
    const size_t fast = from.fast == nullptr ? 0 : from.fast->size();
    if (fast >= kMaxKernels) std::abort();  // a bug of ours: raise kMaxKernels
    if (fast > 0) std::copy(from.fast->begin(), from.fast->end(), rows[i].kernels.begin());
    rows[i].kernels[fast] = from.reference;
    rows[i].count = fast + (from.reference == nullptr ? 0 : 1);
  }
  return rows;
}

}  // namespace

std::span<const Kernel* const> KernelsFor(OpId id) {
  static const std::array<Row, kOpCount> rows = JoinRows();
  return std::span(rows[id].kernels).first(rows[id].count);
}

const Kernel& ReferenceKernel(OpId id) { return *AllKernels()[id].reference; }

}  // namespace verge::ops
