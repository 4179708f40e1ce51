#include "ops/pool_fast.h"

namespace verge::ops {
namespace {

template <const kernels::VecF32Table& kTable>
struct AvgPool2dKernel : PoolKernel<kTable, AvgPool2dKernel<kTable>> {
  static void Fold(const PoolWindow& window, float* y, size_t channels, const ActivationRange& range) {
    const float share = 1.0F / static_cast<float>(window.count);
    kTable.mean_of(window.pixels.data(), window.count, share, y, channels, range.lo, range.hi);
  }
};

}  // namespace

VERGE_FAST_KERNELS(AvgPool2d, AvgPool2dKernel, vec_f32, "avg_pool2d_f32_nhwc")

}  // namespace verge::ops
