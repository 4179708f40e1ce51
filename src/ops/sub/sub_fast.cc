#include "ops/elementwise_fast.h"
#include "ops/int8_elementwise.h"
#include "ops/sub/sub.h"

namespace verge::ops {
namespace {

struct SubLoops {
  static constexpr bool kCommutes = false;
  static auto Vector(const kernels::VecF32Table& table) { return table.sub; }
  static auto Scalar(const kernels::VecF32Table& table) { return table.sub_scalar; }
};

template <const kernels::VecF32Table& kTable>
using SubKernel = BinaryKernel<kTable, SubLoops, SubAttrs>;

template <const kernels::VecI8Table& kTable>
using SubInt8Kernel = Int8BinaryKernel<kTable, Int8Sum<-1>, SubAttrs>;

}  // namespace

VERGE_FAST_KERNELS_AND_INT8(Sub, SubKernel, vec_f32, "sub_f32", SubInt8Kernel, vec_i8, "sub_int8")

}  // namespace verge::ops
