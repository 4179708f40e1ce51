#include <limits>

#include "ops/byte_table.h"
#include "ops/elementwise_fast.h"

namespace verge::ops {

extern const Kernel kReluRef;

namespace {

template <const kernels::VecF32Table& kTable>
struct ReluKernel : UnaryKernel<kTable, ReluKernel<kTable>> {
  static void Apply(const float* x, float* y, size_t n) {
    kTable.clamp(x, y, n, 0.0F, std::numeric_limits<float>::infinity());
  }
};

constexpr Kernel kBytes = ByteTable<kReluRef>::Make("relu_int8_table__any");

}  // namespace

VERGE_FAST_KERNELS_AND(Relu, ReluKernel, vec_f32, "relu_f32", &kBytes)

}  // namespace verge::ops
