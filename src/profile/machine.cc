#include "profile/machine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace verge::profile {
namespace {

using Clock = std::chrono::steady_clock;

// Runs body(thread) once on each thread of the pool and gives the seconds until all are done.
template <typename Body>
double TimeOnAll(Parallel* parallel, int threads, Body body) {
  struct Context {
    Body* body;
  } context{&body};
  const auto task = [](void* raw, int i) { (*static_cast<Context*>(raw)->body)(i); };
  const Clock::time_point start = Clock::now();
  if (parallel == nullptr) {
    body(0);
  } else {
    parallel->Run(threads, task, &context);
  }
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Rate MeasureLoop(const Loop& loop, Parallel* parallel, int threads) {
  constexpr size_t kRounds = 100'000;  // of 12 instructions: 0.2 to 0.5 ms
  constexpr int kTries = 16;
  Rate best{loop.isa, 0};
  std::vector<float> sinks(static_cast<size_t>(threads), 1.0F);
  std::vector<double> macs(static_cast<size_t>(threads), 0.0);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const double seconds = TimeOnAll(parallel, threads, [&](int i) {
      const auto at = static_cast<size_t>(i);
      sinks[at] = 1.0F;
      macs[at] = loop.run(kRounds, &sinks[at]);
    });
    double sum = 0;
    for (const double m : macs) sum += m;
    best.per_second = std::max(best.per_second, sum / seconds);
  }
  return best;
}

double MeasureCopy(Parallel* parallel, int threads) {
  constexpr int kTries = 5;
  const auto count = static_cast<size_t>(threads);
  const std::unique_ptr<std::byte[]> memory(new (std::nothrow) std::byte[2 * count * kCopyBytes]);
  if (memory == nullptr) return 0;
  // Brings the pages in.
  std::memset(memory.get(), 1, 2 * count * kCopyBytes);
  double best = 0;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const double seconds = TimeOnAll(parallel, threads, [&](int i) {
      std::byte* const from = memory.get() + static_cast<size_t>(2 * i) * kCopyBytes;
      std::memcpy(from + kCopyBytes, from, kCopyBytes);
    });
    best = std::max(best, 2.0 * static_cast<double>(count * kCopyBytes) / seconds);
  }
  return best;
}

}  // namespace

Machine MeasureMachine(const CpuFeatures& cpu, Parallel* parallel) {
  const int threads = parallel == nullptr ? 1 : parallel->threads();
  return {MeasureLoop(F32Loop(cpu), parallel, threads), MeasureLoop(Int8Loop(cpu), parallel, threads),
          MeasureCopy(parallel, threads)};
}

}  // namespace verge::profile
