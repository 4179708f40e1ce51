#include <limits>

#include "ops/elementwise_fast.h"

namespace verge::ops {
namespace {

template <const kernels::VecF32Table& kTable>
struct ReluKernel : UnaryKernel<kTable, ReluKernel<kTable>> {
  static void Apply(const float* x, float* y, size_t n) {
    kTable.clamp(x, y, n, 0.0F, std::numeric_limits<float>::infinity());
  }
};

}  // namespace

VERGE_FAST_KERNELS(Relu, ReluKernel, vec_f32, "relu_f32")

}  // namespace verge::ops
