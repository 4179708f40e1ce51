// Splits [0, n) into one contiguous range a thread.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/parallel.h"

namespace verge::kernels {

// How many tasks a job of `units` parts becomes: no more than there are threads and parts, and none with less than
// `grain` of the work, because waking a thread for it would cost more than it brings. At least one.
inline size_t TasksFor(const Parallel* parallel, size_t units, size_t work, size_t grain) {
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  return std::max<size_t>(1, std::min({threads, units, work / grain}));
}

// Calls f(begin, end) over ranges of at least `grain` items (the last may be shorter) that start at multiples of
// `grain`. Null: one range. No heap; f must not throw.
template <typename F>
void ParallelRange(Parallel* parallel, size_t n, size_t grain, const F& f) {
  const size_t portions = (n + grain - 1) / grain;
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  const size_t tasks = std::min(threads, portions);
  if (tasks <= 1) {
    if (n > 0) f(size_t{0}, n);
    return;
  }
  struct Context {
    const F& f;
    size_t n, grain, portions, tasks;
  } context{f, n, grain, portions, tasks};
  const auto run = [](void* opaque, int task) {
    const Context& c = *static_cast<const Context*>(opaque);
    const size_t t = static_cast<size_t>(task);
    const size_t begin = c.portions * t / c.tasks * c.grain;
    const size_t end = std::min(c.portions * (t + 1) / c.tasks * c.grain, c.n);
    c.f(begin, end);
  };
  parallel->Run(static_cast<int>(tasks), run, &context);
}

}  // namespace verge::kernels
