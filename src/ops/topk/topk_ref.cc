#include <algorithm>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"
#include "ops/topk/topk.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<TopkAttrs>();
  const Tensor& x = args.inputs[0];
  const AxisSplit split = SplitAtAxis(x.shape(), NormaliseAxis(attrs.axis, x.shape().rank()).value());
  const auto k = static_cast<size_t>(attrs.k);
  Dispatch(x.dtype(), [&]<typename T>() {
    using C = Compute<T>;
    for (size_t o = 0; o < split.outer * split.inner; ++o) {
      const T* from = x.as<const T>() + o / split.inner * split.size * split.inner + o % split.inner;
      const size_t to = o / split.inner * k * split.inner + o % split.inner;
      const auto at = [&](size_t i) { return static_cast<C>(from[i * split.inner]); };
      // Selects one after the other: the next is the best of those behind the one before in the order (value, index).
      size_t last = 0;
      for (size_t n = 0; n < k; ++n) {
        size_t best = split.size;
        for (size_t i = 0; i < split.size; ++i) {
          const auto before = [&](size_t a, size_t b) {
            const bool less = attrs.largest ? at(a) > at(b) : at(a) < at(b);
            const bool more = attrs.largest ? at(b) > at(a) : at(b) < at(a);
            return less || (!more && a < b);
          };
          if ((n == 0 || before(last, i)) && (best == split.size || before(i, best))) best = i;
        }
        last = std::min(best, split.size - 1);
        args.outputs[0].as<T>()[to + n * split.inner] = from[last * split.inner];
        args.outputs[1].as<int64_t>()[to + n * split.inner] = static_cast<int64_t>(last);
      }
    }
  });
}

}  // namespace

extern const Kernel kTopkRef = {"topk_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
