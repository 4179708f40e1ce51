// What the scheduler costs for one small message and one element: a chain of elements that do nothing.
#include <benchmark/benchmark.h>

#include "runner/pipeline/graph_for_test.h"

namespace verge::runner::pipeline {
namespace {

void Chain(benchmark::State& state) {
  const auto elements = static_cast<size_t>(state.range(0));
  const auto workers = static_cast<size_t>(state.range(1));
  constexpr int64_t kPackets = 20000;
  for (auto _ : state) {
    state.PauseTiming();
    TestGraph g;
    std::vector<int64_t> times;
    for (int64_t i = 0; i < kPackets; ++i) times.push_back(i);
    Node* last = &g.AddSource("source", std::make_unique<ListSource>(std::move(times)));
    for (size_t i = 1; i < elements; ++i) last = &g.AddStage("e", {last}, PassOn);
    state.ResumeTiming();
    if (!g.Run(workers).ok()) state.SkipWithError("the graph failed");
  }
  const double steps = static_cast<double>(state.iterations()) * static_cast<double>(elements) * kPackets;
  state.counters["s_per_element"] =
      benchmark::Counter(steps, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(Chain)->Args({4, 1})->Args({16, 1})->Args({4, 2})->UseRealTime();

}  // namespace
}  // namespace verge::runner::pipeline
