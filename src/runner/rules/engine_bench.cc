// Events a second on one core: rows of values through a set of rules of every sort.
#include <benchmark/benchmark.h>

#include "runner/rules/engine.h"

namespace verge::runner::rules {
namespace {

constexpr const char* kRules = R"(values: [pulse, spo2, temperature, beat]
stale_after: 30s
rules:
  - {name: low, when: spo2 < 90, hold: spo2 < 93, for: 15s, severity: alert}
  - {name: fast, when: pulse > 130 and age(pulse) < 5s, for: 10s, cooldown: 1m}
  - {name: asystole, when: age(beat) > 4s}
  - {name: fever, when: "mean(temperature, 10m) > 38.5 and change(temperature, 1h) > 1"}
  - {name: drop, when: "min(spo2, 1m) < 85", after: {rule: low, within: 5m}, rate: {max: 3, per: 1h}}
)";

void Values(benchmark::State& state) {
  const Result<yaml::Document> document = yaml::Parse("rules.yaml", kRules);
  Engine engine(ReadRules(*document).value());
  int64_t i = 0;
  size_t firings = 0;
  for (auto _ : state) {
    const ValueUpdate update{static_cast<size_t>(i % 4), static_cast<double>(80 + i % 23)};
    firings += engine.ProcessValues(i, i * 10000, {&update, 1}).size();
    ++i;
  }
  benchmark::DoNotOptimize(firings);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Values);

}  // namespace
}  // namespace verge::runner::rules
