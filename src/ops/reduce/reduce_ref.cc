#include <algorithm>

#include "ops/axes.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/quant_elementwise.h"
#include "ops/reduce/reduce.h"
#include "ops/wrap.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// Sums in double; integers in their own 64 bits, where they wrap.
template <typename C>
using Wide =
    std::conditional_t<std::is_floating_point_v<C>, double, std::conditional_t<std::is_signed_v<C>, int64_t, uint64_t>>;

template <typename W>
bool IsNan(W x) {
  if constexpr (std::is_floating_point_v<W>) return std::isnan(x);
  return false;
}

template <typename W>
W Join(ReduceKind kind, W sum, W x) {
  switch (kind) {
    case ReduceKind::kProd: return Multiply(sum, x);
    case ReduceKind::kMax: return sum > x || IsNan(sum) ? sum : x;
    case ReduceKind::kMin: return sum < x || IsNan(sum) ? sum : x;
    case ReduceKind::kL1: return Plus(sum, x < W(0) ? Multiply(x, static_cast<W>(-1)) : x);
    case ReduceKind::kL2:
    case ReduceKind::kSumSquare: return Plus(sum, Multiply(x, x));
    case ReduceKind::kAny: return sum != W(0) || x != W(0) ? W(1) : W(0);
    case ReduceKind::kAll: return sum != W(0) && x != W(0) ? W(1) : W(0);
    default: return Plus(sum, x);
  }
}

template <typename W>
W Finish(ReduceKind kind, W sum, size_t count) {
  if (kind == ReduceKind::kMean) return static_cast<W>(sum / static_cast<W>(count));
  if (kind == ReduceKind::kL2) return static_cast<W>(std::sqrt(static_cast<double>(sum)));
  if (kind == ReduceKind::kLogSum) return static_cast<W>(std::log(static_cast<double>(sum)));
  return sum;
}

// Folds the elements at base + each offset of the walk over the folded dimensions.
template <typename T>
Wide<Compute<T>> Fold(ReduceKind kind, const T* x, NdWalk<1> walk, size_t count) {
  using W = Wide<Compute<T>>;
  const auto at = [&] { return static_cast<W>(static_cast<Compute<T>>(x[walk[0]])); };
  W result = at();
  if (kind == ReduceKind::kLogSumExp) {
    NdWalk<1> first = walk;
    for (size_t i = 0; i < count; ++i, first.Next()) {
      result = std::max(result, static_cast<W>(static_cast<Compute<T>>(x[first[0]])));
    }
    if (std::isinf(static_cast<double>(result))) return result;
    double sum = 0;
    for (size_t i = 0; i < count; ++i, walk.Next())
      sum += std::exp(static_cast<double>(at()) - static_cast<double>(result));
    return static_cast<W>(static_cast<double>(result) + std::log(sum));
  }
  if (kind == ReduceKind::kL1 || kind == ReduceKind::kL2 || kind == ReduceKind::kSumSquare) {
    result = Join(kind, W(0), result);
  }
  for (size_t i = 1; i < count; ++i) {
    walk.Next();
    result = Join(kind, result, at());
  }
  return Finish(kind, result, count);
}

// A sum that 32 bits hold is rescaled by 31 bits of the factor, a longer one by 15.
void SumQuantised(const Tensor& x, const Tensor& y, const Shape& kept, const Shape& folded, bool is_mean) {
  const auto count = static_cast<int64_t>(folded.elems());
  const RescaleQuant q(x.type, y.type, is_mean ? 1.0 / static_cast<double>(count) : 1.0);
  const Strides strides = RowMajorStrides(x.shape());
  DispatchQuantised(x.dtype(), [&]<typename T>() {
    NdWalk<1> outer(kept, {strides});
    for (size_t i = 0; i < kept.elems(); ++i, outer.Next()) {
      NdWalk<1> inner(folded, {strides});
      int64_t sum = 0;
      for (int64_t k = 0; k < count; ++k, inner.Next()) sum += x.as<const T>()[outer[0] + inner[0]] - q.x_zero;
      const bool is_short = sum == static_cast<int32_t>(sum);
      const int64_t scaled = is_short ? Rescale(static_cast<int32_t>(sum), q.scale) : Rescale64(sum, q.scale);
      y.as<T>()[i] = static_cast<T>(std::clamp<int64_t>(scaled + q.y_zero, q.range.lo, q.range.hi));
    }
  });
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<ReduceAttrs>();
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const Shape& shape = x.shape();
  const uint32_t mask = AxesMask(attrs.axes, shape.rank()).value();
  const Strides strides = RowMajorStrides(shape);
  // The dimensions that stay and those that are folded, each as a shape of its own.
  Shape kept = shape;
  Shape folded = shape;
  for (int d = 0; d < shape.rank(); ++d) ((mask >> d & 1u) != 0 ? kept : folded).set(d, 1);
  const size_t count = folded.elems();
  const auto kind = static_cast<ReduceKind>(attrs.kind);
  if (IsQuantised(x.type) && IsQuantised(y.type) && (kind == ReduceKind::kSum || kind == ReduceKind::kMean)) {
    return SumQuantised(x, y, kept, folded, kind == ReduceKind::kMean);
  }
  Dispatch(x.dtype(), [&]<typename T>() {
    NdWalk<1> outer(kept, {strides});
    for (size_t i = 0; i < kept.elems(); ++i, outer.Next()) {
      y.as<T>()[i] =
          T(static_cast<Compute<T>>(Fold<T>(kind, x.as<const T>() + outer[0], NdWalk<1>(folded, {strides}), count)));
    }
  });
}

}  // namespace

extern const Kernel kReduceRef = {"reduce_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
