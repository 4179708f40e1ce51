// Products with mostly-zero weights against the dense ones of conv_f32.h, on one thread, for every instruction set of
// this CPU. Both run in turn within each measurement and the best time of each counts, so that what else the machine
// does falls out of the gain: time dense / time sparse.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/conv_f32.h"
#include "kernels/cpu.h"
#include "kernels/product_sparse_f32.h"
#include "kernels/tables.h"

namespace verge::kernels {
namespace {

struct Case {
  size_t m, k, n;
};
// Pointwise layers of MobileNets (pixels, channels in and out), then fully connected ones.
constexpr Case kCases[] = {{12544, 8, 16},  {12544, 32, 64}, {3136, 32, 32},  {3136, 64, 128}, {5625, 24, 144},
                           {784, 144, 32},  {784, 128, 256}, {361, 64, 384},  {361, 384, 64},  {196, 256, 512},
                           {196, 512, 512}, {100, 960, 160}, {100, 160, 960}, {49, 512, 1024}, {49, 1024, 1024},
                           {49, 320, 1280}, {9, 256, 256},   {25, 96, 576},   {1, 640, 128},   {1, 128, 128},
                           {1, 128, 640},   {1, 1024, 1000}, {1, 1280, 1000}, {1, 4096, 1024}, {2, 640, 128},
                           {2, 1024, 1000}, {4, 640, 128},   {16, 256, 256}};
constexpr int kShares[] = {50, 60, 70, 80, 90, 95};  // zeros, in percent

constexpr float kInf = std::numeric_limits<float>::infinity();

struct Aligned {
  explicit Aligned(size_t bytes) : store(bytes + 64) {}
  std::byte* data() {
    const auto at = reinterpret_cast<uintptr_t>(store.data());
    return store.data() + ((64 - at % 64) % 64);
  }
  float* floats() { return reinterpret_cast<float*>(data()); }
  std::vector<std::byte> store;
};

template <typename F>
double Seconds(const F& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Product(benchmark::State& state, const GemmF32Table& dense, const SparseF32Table& sparse, const Case& c,
             int share) {
  ConvF32Shape d;
  d.in_h = d.out_h = c.m;
  d.in_c = c.k;
  d.out_c = c.n;
  d.lo = -kInf;
  d.hi = kInf;
  const SparseF32Shape s{c.m, c.k, c.n, -kInf, kInf};
  std::mt19937 random(1);
  std::vector<float> w(c.k * c.n);
  for (float& v : w) v = random() % 100 < static_cast<unsigned>(share) ? 0.0F : 0.5F;
  Aligned x(c.m * c.k * 4), y(c.m * c.n * 4);
  Aligned dense_packed(ConvF32PackedBytes(dense, d).value()), dense_scratch(ConvF32ScratchBytes(dense, d, 1).value());
  Aligned packed(SparseF32PackedBytes(sparse, s, w.data()).value());
  Aligned scratch(SparseF32ScratchBytes(sparse, s, 1).value());
  PackConvF32(dense, d, w.data(), nullptr, dense_packed.data());
  PackSparseF32(sparse, s, w.data(), nullptr, packed.data());
  double best_dense = 1, best_sparse = 1;
  // Short products several times, so that the clock is fine enough.
  const size_t times = 1 + 2'000'000 / (c.m * c.k * c.n + 1);
  for (auto _ : state) {
    best_dense =
        std::min(best_dense, Seconds([&] {
                   for (size_t i = 0; i < times; ++i) {
                     RunConvF32(dense, d, {x.floats(), dense_packed.data(), y.floats(), dense_scratch.data()}, nullptr);
                   }
                 }));
    best_sparse =
        std::min(best_sparse, Seconds([&] {
                   for (size_t i = 0; i < times; ++i) {
                     RunSparseF32(sparse, s, {x.floats(), packed.data(), y.floats(), scratch.data()}, nullptr);
                   }
                 }));
    benchmark::ClobberMemory();
  }
  const size_t nonzeros = w.size() - static_cast<size_t>(std::count(w.begin(), w.end(), 0.0F));
  state.counters["dense_us"] = best_dense * 1e6 / static_cast<double>(times);
  state.counters["sparse_us"] = best_sparse * 1e6 / static_cast<double>(times);
  state.counters["gain"] = best_dense / best_sparse;
  state.counters["chosen"] = SparseF32Pays(sparse, s, nonzeros) ? 1 : 0;
}

const bool kRegistered = [] {
  for (size_t t = 0; t < AllSparseF32().size(); ++t) {
    const SparseF32Table* sparse = AllSparseF32()[t];
    const GemmF32Table* dense = AllGemmF32()[t];  // the same instruction set: both lists follow isas.h
    if (!IsaIsUsable(sparse->isa, Cpu())) continue;
    for (const Case& c : kCases) {
      for (const int share : kShares) {
        const std::string name = std::string("sparse_f32/") + sparse->isa + "/" + std::to_string(c.m) + "x" +
                                 std::to_string(c.k) + "->" + std::to_string(c.n) + "/" + std::to_string(share);
        benchmark::RegisterBenchmark(name.c_str(),
                                     [=](benchmark::State& state) { Product(state, *dense, *sparse, c, share); });
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace verge::kernels
