#include "ops/cumsum/cumsum.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"
#include "ops/wrap.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<CumsumAttrs>();
  const Tensor& x = args.inputs[0];
  const AxisSplit split = SplitAtAxis(x.shape(), NormaliseAxis(attrs.axis, x.shape().rank()).value());
  Dispatch(x.dtype(), [&]<typename T>() {
    using C = Compute<T>;
    for (size_t o = 0; o < split.outer * split.inner; ++o) {
      const size_t start = o / split.inner * split.size * split.inner + o % split.inner;
      C sum = 0;
      for (size_t i = 0; i < split.size; ++i) {
        const size_t at = start + (attrs.reverse ? split.size - 1 - i : i) * split.inner;
        const C value = static_cast<C>(x.as<const T>()[at]);
        const C next = Plus(sum, value);
        args.outputs[0].as<T>()[at] = T(attrs.exclusive ? sum : next);
        sum = next;
      }
    }
  });
}

}  // namespace

extern const Kernel kCumsumRef = {"cumsum_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
