#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"
#include "ops/softmax/softmax.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// One row: `count` elements `step` apart.
template <typename T>
void Row(SoftmaxKind kind, const T* x, T* y, size_t count, size_t step) {
  const auto at = [&](size_t i) { return static_cast<double>(static_cast<Compute<T>>(x[i * step])); };
  size_t largest = 0;
  for (size_t i = 1; i < count; ++i) {
    if (at(i) > at(largest)) largest = i;
  }
  const double top = at(largest);
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += std::exp(at(i) - top);
  for (size_t i = 0; i < count; ++i) {
    double value = i == largest ? 1 : 0;
    if (kind == SoftmaxKind::kSoftmax) value = std::exp(at(i) - top) / sum;
    if (kind == SoftmaxKind::kLogSoftmax) value = at(i) - top - std::log(sum);
    y[i * step] = T(static_cast<Compute<T>>(value));
  }
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<SoftmaxAttrs>();
  const Tensor& x = args.inputs[0];
  const AxisSplit split = SplitAtAxis(x.shape(), NormaliseAxis(attrs.axis, x.shape().rank()).value());
  Dispatch(x.dtype(), [&]<typename T>() {
    if constexpr (kIsFloat<T>) {
      for (size_t o = 0; o < split.outer * split.inner; ++o) {
        const size_t start = o / split.inner * split.size * split.inner + o % split.inner;
        Row<T>(static_cast<SoftmaxKind>(attrs.kind), x.as<const T>() + start, args.outputs[0].as<T>() + start,
               split.size, split.inner);
      }
    }
  });
}

}  // namespace

extern const Kernel kSoftmaxRef = {"softmax_float__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
