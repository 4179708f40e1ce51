#include "ops/add/add.h"
#include "ops/elementwise_fast.h"

namespace verge::ops {
namespace {

struct AddLoops {
  static constexpr bool kCommutes = true;
  static auto Vector(const kernels::VecF32Table& table) { return table.add; }
  static auto Scalar(const kernels::VecF32Table& table) { return table.add_scalar; }
};

template <const kernels::VecF32Table& kTable>
using AddKernel = BinaryKernel<kTable, AddLoops, AddAttrs>;

}  // namespace

VERGE_FAST_KERNELS(Add, AddKernel, vec_f32, "add_f32")

}  // namespace verge::ops
