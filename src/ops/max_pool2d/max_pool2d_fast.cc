#include "ops/pool_fast.h"

namespace verge::ops {
namespace {

template <const kernels::VecF32Table& kTable>
struct MaxPool2dKernel : PoolKernel<kTable, MaxPool2dKernel<kTable>> {
  static void Fold(const PoolWindow& window, float* y, size_t channels, const ActivationRange& range) {
    kTable.max_of(window.pixels.data(), window.count, y, channels, range.lo, range.hi);
  }
};

}  // namespace

VERGE_FAST_KERNELS(MaxPool2d, MaxPool2dKernel, vec_f32, "max_pool2d_f32_nhwc")

}  // namespace verge::ops
