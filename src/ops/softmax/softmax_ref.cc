#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"
#include "ops/softmax/softmax.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// One row: `count` elements `step` apart.
template <typename T>
void Row(const SoftmaxAttrs& attrs, const T* x, T* y, size_t count, size_t step) {
  const auto kind = static_cast<SoftmaxKind>(attrs.kind);
  const double beta = kind == SoftmaxKind::kSoftmax ? static_cast<double>(attrs.beta) : 1.0;
  const auto at = [&](size_t i) { return static_cast<double>(static_cast<Compute<T>>(x[i * step])) * beta; };
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

// What an integer row is computed with: f32 for 8 bits, f64 for 16.
template <typename T>
using Real = std::conditional_t<sizeof(T) == 1, float, double>;

template <typename T>
void QuantRow(const SoftmaxAttrs& attrs, ScaleZero from, ScaleZero to, const T* x, T* y, size_t count, size_t step) {
  using R = Real<T>;
  const bool is_log = static_cast<SoftmaxKind>(attrs.kind) == SoftmaxKind::kLogSoftmax;
  const R scale = static_cast<R>(from.scale) * (is_log ? R(1) : static_cast<R>(attrs.beta));
  const QuantRange range{std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  int32_t largest = x[0];
  for (size_t i = 1; i < count; ++i) largest = std::max<int32_t>(largest, x[i * step]);
  const auto distance = [&](size_t i) { return scale * static_cast<R>(x[i * step] - largest); };
  R sum = 0;
  for (size_t i = 0; i < count; ++i) sum += std::exp(distance(i));
  const R log_sum = std::log(sum);
  const R inverse = R(1) / (sum * static_cast<R>(to.scale));
  for (size_t i = 0; i < count; ++i) {
    const R steps = is_log ? std::round((distance(i) - log_sum) / static_cast<R>(to.scale))
                           : std::floor(std::exp(distance(i)) * inverse + R(0.5));
    const R known = std::isnan(steps) ? R(0) : steps;  // 0 times infinity, for a scale of y near 0
    y[i * step] = static_cast<T>(
        std::clamp(known + static_cast<R>(to.zero_point), static_cast<R>(range.lo), static_cast<R>(range.hi)));
  }
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<SoftmaxAttrs>();
  const Tensor& x = args.inputs[0];
  const AxisSplit split = SplitAtAxis(x.shape(), NormaliseAxis(attrs.axis, x.shape().rank()).value());
  Dispatch(x.dtype(), [&]<typename T>() {
    for (size_t o = 0; o < split.outer * split.inner; ++o) {
      const size_t start = o / split.inner * split.size * split.inner + o % split.inner;
      const T* const from = x.as<const T>() + start;
      T* const to = args.outputs[0].as<T>() + start;
      if constexpr (kIsFloat<T>) {
        Row<T>(attrs, from, to, split.size, split.inner);
      } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
        QuantRow<T>(attrs, ScaleOf(x), ScaleOf(args.outputs[0]), from, to, split.size, split.inner);
      }
    }
  });
}

}  // namespace

extern const Kernel kSoftmaxRef = {"softmax_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
