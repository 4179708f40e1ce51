#include <algorithm>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/pool_nd/pool_nd.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// Positions of the window that lie in the input or its padding.
int64_t PaddedCount(const PoolNdAttrs& a, const Shape& in, const std::array<int64_t, Shape::kMaxRank>& at) {
  int64_t count = 1;
  for (int d = 0; d < in.rank(); ++d) {
    const auto i = static_cast<size_t>(d);
    int64_t hits = 0;
    for (int64_t k = 0; k < a.kernel.values[i]; ++k) {
      const int64_t p =
          at[i] * a.window.strides.values[i] + k * a.window.dilations.values[i] - a.window.before.values[i];
      hits += p < in[d] + a.window.after.values[i] ? 1 : 0;
    }
    count *= hits;
  }
  return count;
}

struct Pooled {
  double sum = 0;
  int64_t count = 0;
  int64_t best = -1;
};

template <typename T>
Pooled PoolWindow(const PoolNdAttrs& a, const Shape& in, const Strides& strides, const Shape& kernel, const T* x,
                  const std::array<int64_t, Shape::kMaxRank>& at) {
  using C = Compute<T>;
  Pooled result;
  ForEachInWindowNd(a.window, in, strides, kernel, at, [&](int64_t offset, int64_t /*k*/) {
    const C value = static_cast<C>(x[offset]);
    ++result.count;
    if (result.best < 0 || value > static_cast<C>(x[result.best])) result.best = offset;
    if (static_cast<PoolKind>(a.kind) == PoolKind::kAvg) result.sum += static_cast<double>(value);
    if (static_cast<PoolKind>(a.kind) == PoolKind::kLp) {
      result.sum += std::pow(std::abs(static_cast<double>(value)), static_cast<double>(a.p));
    }
  });
  return result;
}

template <typename T>
void RunTyped(const RunArgs& args) {
  const auto& attrs = args.attrs.As<PoolNdAttrs>();
  const auto kind = static_cast<PoolKind>(attrs.kind);
  const Shape& xs = args.inputs[0].shape();
  const Shape in = SpatialOf(xs);
  const Shape out = SpatialOf(args.outputs[0].shape());
  Shape kernel = in;
  for (int d = 0; d < in.rank(); ++d) kernel.set(d, attrs.kernel.values[static_cast<size_t>(d)]);
  const int64_t channels = xs[xs.rank() - 1];
  Strides strides = RowMajorStrides(in);
  for (int64_t& s : strides) s *= channels;
  T* y = args.outputs[0].as<T>();
  int64_t* indices = args.outputs.size() > 1 ? args.outputs[1].as<int64_t>() : nullptr;
  for (int64_t n = 0; n < xs[0]; ++n) {
    const int64_t image = n * static_cast<int64_t>(in.elems()) * channels;
    NdWalk<1> walk(out, {Strides{}});
    for (size_t i = 0; i < out.elems(); ++i, walk.Next()) {
      for (int64_t c = 0; c < channels; ++c, ++y) {
        const T* x = args.inputs[0].as<const T>() + image + c;
        const Pooled pooled = PoolWindow(attrs, in, strides, kernel, x, walk.position());
        if (kind == PoolKind::kMax) {
          *y = pooled.best < 0 ? T(std::numeric_limits<Compute<T>>::lowest()) : x[pooled.best];
          if (indices != nullptr) *indices++ = image + c + std::max<int64_t>(pooled.best, 0);
        } else if (kind == PoolKind::kAvg) {
          const int64_t count = attrs.count_pads ? PaddedCount(attrs, in, walk.position()) : pooled.count;
          *y = T(static_cast<Compute<T>>(count == 0 ? 0.0 : pooled.sum / static_cast<double>(count)));
        } else {
          *y = T(static_cast<Compute<T>>(std::pow(pooled.sum, 1.0 / static_cast<double>(attrs.p))));
        }
      }
    }
  }
}

void Run(const RunArgs& args) {
  Dispatch(args.inputs[0].dtype(), [&]<typename T>() { RunTyped<T>(args); });
}

}  // namespace

extern const Kernel kPoolNdRef = {"pool_nd_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
