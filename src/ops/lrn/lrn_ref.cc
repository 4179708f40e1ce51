#include <algorithm>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/lrn/lrn.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<LrnAttrs>();
  const Tensor& x = args.inputs[0];
  const AxisSplit split = SplitAtAxis(x.shape(), NormaliseAxis(a.axis, x.shape().rank()).value());
  const auto size = static_cast<int64_t>(split.size);
  for (size_t o = 0; o < split.outer * split.inner; ++o) {
    const size_t start = o / split.inner * split.size * split.inner + o % split.inner;
    const auto at = [&](int64_t i) {
      return static_cast<double>(x.as<const float>()[start + static_cast<size_t>(i) * split.inner]);
    };
    for (int64_t i = 0; i < size; ++i) {
      double sum = 0;
      const int64_t last = std::min(size - 1, i + a.size / 2);
      for (int64_t k = std::max<int64_t>(0, i - (a.size - 1) / 2); k <= last; ++k) sum += at(k) * at(k);
      const double base =
          static_cast<double>(a.bias) + static_cast<double>(a.alpha) / static_cast<double>(a.size) * sum;
      args.outputs[0].as<float>()[start + static_cast<size_t>(i) * split.inner] =
          static_cast<float>(at(i) / std::pow(base, static_cast<double>(a.beta)));
    }
  }
}

}  // namespace

extern const Kernel kLrnRef = {"lrn_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
