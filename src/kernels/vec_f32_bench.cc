// Speed of the element-wise loops on data that stays in the first-level cache, in billions of elements a second on one
// thread, for every table of this CPU.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/tables.h"

namespace verge::kernels {
namespace {

constexpr size_t kElems = 1024;

struct Loop {
  const char* name;
  void (*run)(const VecF32Table& table, const float* a, const float* b, float* y);
};

constexpr Loop kLoops[] = {
    {"add", [](const VecF32Table& t, const float* a, const float* b, float* y) { t.add(a, b, y, kElems, 0, 6); }},
    {"mul", [](const VecF32Table& t, const float* a, const float* b, float* y) { t.mul(a, b, y, kElems, 0, 6); }},
    {"clamp", [](const VecF32Table& t, const float* a, const float*, float* y) { t.clamp(a, y, kElems, 0, 6); }},
    {"logistic", [](const VecF32Table& t, const float* a, const float*, float* y) { t.logistic(a, y, kElems); }},
    {"max_of_4",
     [](const VecF32Table& t, const float* a, const float* b, float* y) {
       const float* rows[4] = {a, b, a, b};
       t.max_of(rows, 4, y, kElems, 0, 6);
     }},
    {"blend4",
     [](const VecF32Table& t, const float* a, const float* b, float* y) {
       const float* rows[4] = {a, b, a, b};
       const float weights[4] = {0.25F, 0.25F, 0.25F, 0.25F};
       t.blend4(rows, weights, y, kElems);
     }},
};

void Run(benchmark::State& state, const VecF32Table& table, const Loop& loop) {
  const std::vector<float> a(kElems, 0.5F), b(kElems, -0.25F);
  std::vector<float> y(kElems);
  for (auto _ : state) {
    loop.run(table, a.data(), b.data(), y.data());
    benchmark::ClobberMemory();
  }
  state.counters["Gelem/s"] = benchmark::Counter(kElems * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  for (const VecF32Table* t : AllVecF32()) {
    if (!IsaIsUsable(t->isa, Cpu())) continue;
    for (const Loop& loop : kLoops) {
      benchmark::RegisterBenchmark((std::string("vec_f32/") + t->isa + "/" + loop.name).c_str(),
                                   [t, &loop](benchmark::State& state) { Run(state, *t, loop); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace verge::kernels
