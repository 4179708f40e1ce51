// softmax of f32 along the last dimension, in vectors.
#include "kernels/parallel_range.h"
#include "ops/elementwise_fast.h"
#include "ops/rule_checks.h"
#include "ops/softmax/softmax.h"

namespace verge::ops {
namespace {

template <const kernels::VecF32Table& kTable>
struct SoftmaxKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const auto& a = args.attrs.As<SoftmaxAttrs>();
    const int rank = args.inputs[0].type.shape.rank();
    return IsUsable(kTable, args) && static_cast<SoftmaxKind>(a.kind) == SoftmaxKind::kSoftmax && rank > 0 &&
           (a.axis == -1 || a.axis == rank - 1);
  }

  static void Run(const RunArgs& args) {
    const Shape& shape = args.outputs[0].shape();
    const size_t row = Dim(shape, shape.rank() - 1);
    const float beta = args.attrs.As<SoftmaxAttrs>().beta;
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    kernels::ParallelRange(args.parallel, shape.elems() / row, kElementwiseGrain / row + 1,
                           [=](size_t begin, size_t end) {
                             for (size_t r = begin; r < end; ++r) kTable.softmax(x + r * row, y + r * row, row, beta);
                           });
  }
};

}  // namespace

VERGE_FAST_KERNELS(Softmax, SoftmaxKernel, vec_f32, "softmax_f32")

}  // namespace verge::ops
