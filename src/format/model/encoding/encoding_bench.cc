// Speed of decoding, in MB/s of decoded bytes on one thread, for weights in each form of storage, and the ratio of
// sizes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "format/model/encoding/encoding.h"

namespace verge::format {
namespace {

constexpr size_t kCount = size_t{1} << 20;

struct Case {
  const char* name;
  const char* storage;
  size_t clusters;  // 0: as they are
  double zeros;
  bool are_halves;
};
constexpr Case kCases[] = {{"planes_of_f32", "entropy", 0, 0, false},
                           {"half", "half", 0, 0, true},
                           {"half_entropy", "half,entropy", 0, 0, true},
                           {"16_values", "code_book", 16, 0, false},
                           {"16_values_entropy", "code_book,entropy", 16, 0, false},
                           {"200_values_entropy", "code_book,entropy", 200, 0, false},
                           {"80%_zeros", "sparse", 0, 0.8, false},
                           {"80%_zeros_16_values_entropy", "all", 16, 0.8, false}};

// Normally distributed, as trained weights nearly are.
std::vector<float> WeightsOf(const Case& c) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.05F);
  std::uniform_real_distribution<double> share(0, 1);
  std::vector<float> w(kCount);
  for (float& v : w) {
    v = share(random) < c.zeros ? 0.0F : normal(random);
    if (c.are_halves) v = HalfToFloat(FloatToHalf(v));
    if (c.clusters > 0) {
      const float step = 0.4F / static_cast<float>(c.clusters);
      v = std::clamp(std::round(v / step), -0.2F / step, 0.2F / step - 1) * step;
    }
  }
  return w;
}

void Decode(benchmark::State& state, DType dtype, std::span<const std::byte> bytes, const char* storage) {
  const auto stored = EncodeConstant(dtype, bytes, *ParseStorage(storage));
  if (!stored) return state.SkipWithError("not encoded");
  std::vector<std::byte> out(bytes.size());
  for (auto _ : state) {
    if (!DecodeConstant(*stored, DTypeBytes(dtype), out).ok()) return state.SkipWithError("does not decode");
    benchmark::ClobberMemory();
  }
  state.counters["MB/s"] =
      benchmark::Counter(static_cast<double>(out.size()) * 1e-6, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["ratio"] = static_cast<double>(stored->size()) / static_cast<double>(bytes.size());
}

const bool kRegistered = [] {
  for (const Case& c : kCases) {
    benchmark::RegisterBenchmark((std::string("decode/") + c.name).c_str(), [c](benchmark::State& state) {
      const std::vector<float> w = WeightsOf(c);
      Decode(state, DType::kF32, std::as_bytes(std::span(w)), c.storage);
    });
  }
  for (const double spread : {3.0, 20.0}) {  // rans alone; spread 3 fits nibbles for the most part
    benchmark::RegisterBenchmark(("decode/int8_of_deviation_" + std::to_string(static_cast<int>(spread))).c_str(),
                                 [spread](benchmark::State& state) {
                                   std::mt19937 random(2);
                                   std::normal_distribution<double> normal(0, spread);
                                   std::vector<int8_t> w(kCount * 4);
                                   for (int8_t& v : w)
                                     v = static_cast<int8_t>(std::clamp(normal(random), -127.0, 127.0));
                                   Decode(state, DType::kI8, std::as_bytes(std::span(w)), "entropy");
                                 });
  }
  return true;
}();

}  // namespace
}  // namespace verge::format
