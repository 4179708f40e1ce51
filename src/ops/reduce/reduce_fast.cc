// reduce over dimensions that lie side by side: sums, lengths, means and extremes of f32, sums and means of 8-bit
// integers. Seen as [outer, size, inner], with `size` folded.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/parallel_range.h"
#include "ops/axes.h"
#include "ops/fast_kernels.h"
#include "ops/nd_walk.h"
#include "ops/quant_elementwise.h"
#include "ops/reduce/reduce.h"

namespace verge::ops {
namespace {

constexpr size_t kGrain = 8192;  // elements of x that a thread takes at least
constexpr size_t kChunk = 64;    // sums that stay near the processor
constexpr size_t kLanes = 16;    // sums of one row that do not wait for each other

// Empty: the folded dimensions do not lie side by side.
AxisSplit SplitOf(const ReduceAttrs& a, const Shape& x) {
  const uint32_t mask = AxesMask(a.axes, x.rank()).value();
  AxisSplit split;
  bool has_begun = false, has_ended = false;
  for (int d = 0; d < x.rank(); ++d) {
    const auto n = static_cast<size_t>(x[d]);
    if (n == 1) continue;
    if ((mask >> d & 1U) != 0) {
      if (has_ended) return {0, 0, 0};
      has_begun = true;
      split.size *= n;
    } else {
      has_ended = has_begun;
      (has_begun ? split.inner : split.outer) *= n;
    }
  }
  return split;
}

// f(first output, from, count) for parts of the output whose inputs start at `from`, `inner` apart.
template <typename T, typename F>
void ForParts(const RunArgs& args, const AxisSplit& split, const F& f) {
  const auto* x = args.inputs[0].as<const T>();
  const size_t chunks = (split.inner + kChunk - 1) / kChunk;
  const size_t grain = kGrain / (split.size * std::min(split.inner, kChunk)) + 1;
  kernels::ParallelRange(args.parallel, split.outer * chunks, grain, [&](size_t begin, size_t end) {
    for (size_t unit = begin; unit < end; ++unit) {
      const size_t o = unit / chunks, first = unit % chunks * kChunk;
      f(o * split.inner + first, x + o * split.size * split.inner + first, std::min(kChunk, split.inner - first));
    }
  });
}

// Join folds two results, Take one element more into a result, End makes the output.
struct Plus {
  static constexpr float kStart = 0;
  static float Join(float a, float b) { return a + b; }
  static float Take(float a, float x) { return a + x; }
  static float End(float a) { return a; }
};
struct Squares : Plus {
  static float Take(float a, float x) { return a + x * x; }
};
struct Length : Squares {
  static float End(float a) { return std::sqrt(a); }
};
struct Sizes : Plus {
  static float Take(float a, float x) { return a + std::abs(x); }
};
// NaN wins.
struct Larger {
  static constexpr float kStart = -std::numeric_limits<float>::infinity();
  static float Join(float a, float b) { return a > b || a != a ? a : b; }
  static float Take(float a, float x) { return Join(a, x); }
  static float End(float a) { return a; }
};
struct Smaller {
  static constexpr float kStart = std::numeric_limits<float>::infinity();
  static float Join(float a, float b) { return a < b || a != a ? a : b; }
  static float Take(float a, float x) { return Join(a, x); }
  static float End(float a) { return a; }
};

template <typename How>
float FoldRow(const float* x, size_t size) {
  if (size < kLanes) {
    float result = How::kStart;
    for (size_t i = 0; i < size; ++i) result = How::Take(result, x[i]);
    return result;
  }
  std::array<float, kLanes> lanes;
  lanes.fill(How::kStart);
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (size_t c = 0; c < kLanes; ++c) lanes[c] = How::Take(lanes[c], x[i + c]);
  }
  for (size_t c = 0; i < size; ++i, ++c) lanes[c] = How::Take(lanes[c], x[i]);
  for (size_t n = kLanes / 2; n > 0; n /= 2) {
    for (size_t c = 0; c < n; ++c) lanes[c] = How::Join(lanes[c], lanes[c + n]);
  }
  return lanes[0];
}

template <typename How>
void FoldReals(const RunArgs& args, const AxisSplit& split, float factor) {
  auto* y = args.outputs[0].as<float>();
  ForParts<float>(args, split, [&](size_t at, const float* from, size_t count) {
    if (split.inner == 1) {
      y[at] = How::End(FoldRow<How>(from, split.size)) * factor;
      return;
    }
    std::array<float, kChunk> sums;
    sums.fill(How::kStart);
    for (size_t i = 0; i < split.size; ++i, from += split.inner) {
      for (size_t c = 0; c < count; ++c) sums[c] = How::Take(sums[c], from[c]);
    }
    for (size_t c = 0; c < count; ++c) y[at + c] = How::End(sums[c]) * factor;
  });
}

bool SupportsReals(const PrepareArgs& args) {
  const auto& a = args.attrs.As<ReduceAttrs>();
  const auto kind = static_cast<ReduceKind>(a.kind);
  const Shape& x = args.inputs[0].type.shape;
  return args.inputs[0].type.dtype == DType::kF32 && x.elems() > 0 && SplitOf(a, x).size > 0 &&
         kind != ReduceKind::kProd && kind != ReduceKind::kLogSum && kind != ReduceKind::kLogSumExp;
}

void RunReals(const RunArgs& args) {
  const auto& a = args.attrs.As<ReduceAttrs>();
  const AxisSplit split = SplitOf(a, args.inputs[0].shape());
  switch (static_cast<ReduceKind>(a.kind)) {
    case ReduceKind::kMax: return FoldReals<Larger>(args, split, 1.0F);
    case ReduceKind::kMin: return FoldReals<Smaller>(args, split, 1.0F);
    case ReduceKind::kMean: return FoldReals<Plus>(args, split, 1.0F / static_cast<float>(split.size));
    case ReduceKind::kL1: return FoldReals<Sizes>(args, split, 1.0F);
    case ReduceKind::kL2: return FoldReals<Length>(args, split, 1.0F);
    case ReduceKind::kSumSquare: return FoldReals<Squares>(args, split, 1.0F);
    default: return FoldReals<Plus>(args, split, 1.0F);
  }
}

constexpr size_t kMostProducts = size_t{1} << 22;  // 511 of each fit 32 bits

bool SupportsBytes(const PrepareArgs& args) {
  const auto& a = args.attrs.As<ReduceAttrs>();
  const auto kind = static_cast<ReduceKind>(a.kind);
  const TensorType &x = args.inputs[0].type, &y = args.outputs[0];
  if (x.shape.elems() == 0 || (x.dtype != DType::kI8 && x.dtype != DType::kU8)) return false;
  const AxisSplit split = SplitOf(a, x.shape);
  return IsQuantised(x) && IsQuantised(y) && (kind == ReduceKind::kSum || kind == ReduceKind::kMean) &&
         split.size > 0 && split.size <= kMostProducts;
}

template <typename T>
void RunBytesAs(const RunArgs& args) {
  const auto& a = args.attrs.As<ReduceAttrs>();
  const Tensor &x = args.inputs[0], &y = args.outputs[0];
  const AxisSplit split = SplitOf(a, x.shape());
  const bool is_mean = static_cast<ReduceKind>(a.kind) == ReduceKind::kMean;
  const RescaleQuant q(x.type, y.type, is_mean ? 1.0 / static_cast<double>(split.size) : 1.0);
  const int32_t zeros = static_cast<int32_t>(split.size) * q.x_zero;
  ForParts<T>(args, split, [&](size_t at, const T* from, size_t count) {
    std::array<int32_t, kChunk> sums{};
    for (size_t i = 0; i < split.size; ++i, from += split.inner) {
      for (size_t c = 0; c < count; ++c) sums[c] += from[c];
    }
    for (size_t c = 0; c < count; ++c) {
      const int64_t scaled = Rescale(sums[c] - zeros, q.scale);
      y.as<T>()[at + c] = static_cast<T>(std::clamp<int64_t>(scaled + q.y_zero, q.range.lo, q.range.hi));
    }
  });
}

void RunBytes(const RunArgs& args) {
  args.inputs[0].dtype() == DType::kI8 ? RunBytesAs<int8_t>(args) : RunBytesAs<uint8_t>(args);
}

constexpr Kernel kReals = {"reduce_f32__any", SupportsReals, nullptr, nullptr, RunReals};
constexpr Kernel kBytes = {"reduce_int8__any", SupportsBytes, nullptr, nullptr, RunBytes};
constexpr const Kernel* kKernels[] = {&kReals, &kBytes};

}  // namespace

extern const std::span<const Kernel* const> kReduceFast = kKernels;

}  // namespace verge::ops
