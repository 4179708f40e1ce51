#include "ops/arg_reduce/arg_reduce.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<ArgReduceAttrs>();
  const Tensor& x = args.inputs[0];
  const AxisSplit split = SplitAtAxis(x.shape(), NormaliseAxis(attrs.axis, x.shape().rank()).value());
  auto* y = args.outputs[0].as<int64_t>();
  Dispatch(x.dtype(), [&]<typename T>() {
    using C = Compute<T>;
    for (size_t o = 0; o < split.outer * split.inner; ++o) {
      const T* from = x.as<const T>() + o / split.inner * split.size * split.inner + o % split.inner;
      size_t best = 0;
      for (size_t i = 1; i < split.size; ++i) {
        const C a = static_cast<C>(from[i * split.inner]);
        const C b = static_cast<C>(from[best * split.inner]);
        if ((attrs.take_min ? a < b : a > b) || (attrs.select_last && a == b)) best = i;
      }
      y[o] = static_cast<int64_t>(best);
    }
  });
}

}  // namespace

extern const Kernel kArgReduceRef = {"arg_reduce_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
