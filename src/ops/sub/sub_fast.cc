#include "ops/elementwise_fast.h"
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

}  // namespace

VERGE_FAST_KERNELS(Sub, SubKernel, vec_f32, "sub_f32")

}  // namespace verge::ops
