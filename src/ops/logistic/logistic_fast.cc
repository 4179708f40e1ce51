#include "ops/elementwise_fast.h"

namespace verge::ops {
namespace {

template <const kernels::VecF32Table& kTable>
struct LogisticKernel : UnaryKernel<kTable, LogisticKernel<kTable>> {
  static void Apply(const float* x, float* y, size_t n) { kTable.logistic(x, y, n); }
};

}  // namespace

VERGE_FAST_KERNELS(Logistic, LogisticKernel, vec_f32, "logistic_f32")

}  // namespace verge::ops
