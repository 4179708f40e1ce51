// arg_reduce of the common types: along the last dimension row by row, else the elements behind the axis side by side.
#include <algorithm>

#include "kernels/parallel_range.h"
#include "ops/arg_reduce/arg_reduce.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

constexpr size_t kGrain = 8192;  // elements of x that a thread takes at least
constexpr size_t kChunk = 64;    // rows whose best elements stay near the processor

bool Supports(const PrepareArgs& args) {
  const DType x = args.inputs[0].type.dtype;
  return x == DType::kF32 || x == DType::kI8 || x == DType::kU8 || x == DType::kI32;
}

template <bool kTakesMin, bool kSelectsLast, typename T>
bool IsBetter(T a, T best) {
  if constexpr (kTakesMin) return kSelectsLast ? a <= best : a < best;
  return kSelectsLast ? a >= best : a > best;
}

// Of `count` neighbours behind the axis; x and y point to the first.
template <bool kTakesMin, bool kSelectsLast, typename T>
void Columns(const AxisSplit& split, const T* x, size_t count, int64_t* y) {
  T best[kChunk];
  int32_t where[kChunk] = {};
  std::copy_n(x, count, best);
  for (size_t i = 1; i < split.size; ++i) {
    x += split.inner;
    for (size_t c = 0; c < count; ++c) {
      const bool is_better = IsBetter<kTakesMin, kSelectsLast>(x[c], best[c]);
      best[c] = is_better ? x[c] : best[c];
      where[c] = is_better ? static_cast<int32_t>(i) : where[c];
    }
  }
  std::copy_n(where, count, y);
}

template <bool kTakesMin, bool kSelectsLast, typename T>
int64_t Row(const T* x, size_t size) {
  if constexpr (std::is_integral_v<T>) {  // the extreme first, which takes no jumps, and then where it is
    T best = x[0];
    for (size_t i = 1; i < size; ++i) best = kTakesMin ? std::min(best, x[i]) : std::max(best, x[i]);
    size_t where = kSelectsLast ? size - 1 : 0;
    while (x[where] != best) kSelectsLast ? --where : ++where;
    return static_cast<int64_t>(where);
  }
  size_t where = 0;
  T best = x[0];
  for (size_t i = 1; i < size; ++i) {
    const bool is_better = IsBetter<kTakesMin, kSelectsLast>(x[i], best);
    best = is_better ? x[i] : best;
    where = is_better ? i : where;
  }
  return static_cast<int64_t>(where);
}

template <bool kTakesMin, bool kSelectsLast, typename T>
void RunAs(const RunArgs& args, const AxisSplit& split) {
  const auto* x = args.inputs[0].as<const T>();
  auto* y = args.outputs[0].as<int64_t>();
  const size_t chunks = split.inner == 1 ? 1 : (split.inner + kChunk - 1) / kChunk;
  const size_t grain = kGrain / (split.size * std::min(split.inner, kChunk)) + 1;
  kernels::ParallelRange(args.parallel, split.outer * chunks, grain, [&](size_t begin, size_t end) {
    for (size_t unit = begin; unit < end; ++unit) {
      const size_t o = unit / chunks, first = unit % chunks * kChunk;
      const T* from = x + o * split.size * split.inner + first;
      if (split.inner == 1) {
        y[o] = Row<kTakesMin, kSelectsLast>(from, split.size);
      } else {
        const size_t count = std::min(kChunk, split.inner - first);
        Columns<kTakesMin, kSelectsLast>(split, from, count, y + o * split.inner + first);
      }
    }
  });
}

template <typename T>
void RunOf(const RunArgs& args, const AxisSplit& split) {
  const auto& a = args.attrs.As<ArgReduceAttrs>();
  if (a.take_min) return a.select_last ? RunAs<true, true, T>(args, split) : RunAs<true, false, T>(args, split);
  a.select_last ? RunAs<false, true, T>(args, split) : RunAs<false, false, T>(args, split);
}

void Run(const RunArgs& args) {
  const Shape& x = args.inputs[0].shape();
  const AxisSplit split = SplitAtAxis(x, NormaliseAxis(args.attrs.As<ArgReduceAttrs>().axis, x.rank()).value());
  if (split.outer * split.inner == 0) return;
  switch (args.inputs[0].dtype()) {
    case DType::kI8: return RunOf<int8_t>(args, split);
    case DType::kU8: return RunOf<uint8_t>(args, split);
    case DType::kI32: return RunOf<int32_t>(args, split);
    default: return RunOf<float>(args, split);
  }
}

constexpr Kernel kRows = {"arg_reduce_any_rows__any", Supports, nullptr, nullptr, Run};
constexpr const Kernel* kKernels[] = {&kRows};

}  // namespace

extern const std::span<const Kernel* const> kArgReduceFast = kKernels;

}  // namespace verge::ops
