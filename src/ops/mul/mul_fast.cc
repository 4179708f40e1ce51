#include "ops/elementwise_fast.h"
#include "ops/mul/mul.h"

namespace verge::ops {
namespace {

struct MulLoops {
  static constexpr bool kCommutes = true;
  static auto Vector(const kernels::VecF32Table& table) { return table.mul; }
  static auto Scalar(const kernels::VecF32Table& table) { return table.mul_scalar; }
};

template <const kernels::VecF32Table& kTable>
using MulKernel = BinaryKernel<kTable, MulLoops, MulAttrs>;

}  // namespace

VERGE_FAST_KERNELS(Mul, MulKernel, vec_f32, "mul_f32")

}  // namespace verge::ops
