#include "ops/byte_table.h"
#include "ops/elementwise_fast.h"

namespace verge::ops {

extern const Kernel kRelu6Ref;

namespace {

template <const kernels::VecF32Table& kTable>
struct Relu6Kernel : UnaryKernel<kTable, Relu6Kernel<kTable>> {
  static void Apply(const float* x, float* y, size_t n) { kTable.clamp(x, y, n, 0.0F, 6.0F); }
};

constexpr Kernel kBytes = ByteTable<kRelu6Ref>::Make("relu6_int8_table__any");

}  // namespace

VERGE_FAST_KERNELS_AND(Relu6, Relu6Kernel, vec_f32, "relu6_f32", &kBytes)

}  // namespace verge::ops
