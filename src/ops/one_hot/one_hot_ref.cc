#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/one_hot/one_hot.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<OneHotAttrs>();
  const Tensor& y = args.outputs[0];
  const AxisSplit split = SplitAtAxis(y.shape(), NormaliseAxis(attrs.axis, y.shape().rank()).value());
  DispatchBytes(y.dtype(), [&]<typename T>() {
    const T* values = args.inputs[1].as<const T>();
    for (size_t o = 0; o < split.outer; ++o) {
      for (size_t d = 0; d < split.size; ++d) {
        for (size_t i = 0; i < split.inner; ++i) {
          const int64_t index = IntAt(args.inputs[0], o * split.inner + i);
          const int64_t at = index < 0 ? index + attrs.depth : index;
          y.as<T>()[(o * split.size + d) * split.inner + i] = values[at == static_cast<int64_t>(d) ? 1 : 0];
        }
      }
    }
  });
}

}  // namespace

extern const Kernel kOneHotRef = {"one_hot_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
