#include "ops/byte_table.h"
#include "ops/elementwise_fast.h"

namespace verge::ops {

extern const Kernel kLogisticRef;

namespace {

template <const kernels::VecF32Table& kTable>
struct LogisticKernel : UnaryKernel<kTable, LogisticKernel<kTable>> {
  static void Apply(const float* x, float* y, size_t n) { kTable.logistic(x, y, n); }
};

constexpr Kernel kBytes = ByteTable<kLogisticRef>::Make("logistic_int8_table__any");

}  // namespace

VERGE_FAST_KERNELS_AND(Logistic, LogisticKernel, vec_f32, "logistic_f32", &kBytes)

}  // namespace verge::ops
