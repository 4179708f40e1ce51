#include "ops/elementwise_fast.h"
#include "ops/int8_elementwise.h"
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

template <const kernels::VecI8Table& kTable>
using MulInt8Kernel = Int8BinaryKernel<kTable, Int8Times, MulAttrs>;

}  // namespace

VERGE_FAST_KERNELS_AND_INT8(Mul, MulKernel, vec_f32, "mul_f32", MulInt8Kernel, vec_i8, "mul_int8")

}  // namespace verge::ops
