#include "ops/add/add.h"
#include "ops/elementwise_fast.h"
#include "ops/int8_elementwise.h"

namespace verge::ops {
namespace {

struct AddLoops {
  static constexpr bool kCommutes = true;
  static auto Vector(const kernels::VecF32Table& table) { return table.add; }
  static auto Scalar(const kernels::VecF32Table& table) { return table.add_scalar; }
};

template <const kernels::VecF32Table& kTable>
using AddKernel = BinaryKernel<kTable, AddLoops, AddAttrs>;

template <const kernels::VecI8Table& kTable>
using AddInt8Kernel = Int8BinaryKernel<kTable, Int8Sum<1>, AddAttrs>;

}  // namespace

VERGE_FAST_KERNELS_AND_INT8(Add, AddKernel, vec_f32, "add_f32", AddInt8Kernel, vec_i8, "add_int8")

}  // namespace verge::ops
