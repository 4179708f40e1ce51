#include "ops/elementwise_fast.h"

namespace verge::ops {
namespace {

template <const kernels::VecF32Table& kTable>
struct Relu6Kernel : UnaryKernel<kTable, Relu6Kernel<kTable>> {
  static void Apply(const float* x, float* y, size_t n) { kTable.clamp(x, y, n, 0.0F, 6.0F); }
};

}  // namespace

VERGE_FAST_KERNELS(Relu6, Relu6Kernel, vec_f32, "relu6_f32")

}  // namespace verge::ops
