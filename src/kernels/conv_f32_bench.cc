// Speed of the convolutions of an SSD-MobileNetV2 at 300x300, in GMAC/s on one thread, for every table of this CPU.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "kernels/conv_f32.h"
#include "kernels/cpu.h"
#include "kernels/dwconv_image_f32.h"
#include "kernels/tables.h"

namespace verge::kernels {
namespace {

struct Case {
  size_t size, in_c, out_c, kernel, stride;
};
// Square images with SAME padding.
constexpr Case kConvs[] = {{300, 3, 32, 3, 2},   {150, 32, 16, 1, 1},   {150, 16, 96, 1, 1},   {75, 96, 24, 1, 1},
                           {75, 24, 144, 1, 1},  {75, 144, 24, 1, 1},   {38, 32, 192, 1, 1},   {38, 192, 32, 1, 1},
                           {19, 64, 384, 1, 1},  {19, 384, 64, 1, 1},   {19, 96, 576, 1, 1},   {19, 576, 96, 1, 1},
                           {19, 576, 12, 1, 1},  {19, 576, 72, 1, 1},   {10, 160, 960, 1, 1},  {10, 960, 160, 1, 1},
                           {10, 960, 320, 1, 1}, {10, 320, 1280, 1, 1}, {10, 1280, 144, 1, 1}, {10, 1280, 256, 1, 1},
                           {10, 256, 512, 3, 2}, {5, 128, 256, 3, 2},   {1, 1024, 1000, 1, 1}};
constexpr Case kDepthwise[] = {{150, 32, 32, 3, 1},  {150, 96, 96, 3, 2},  {75, 144, 144, 3, 1}, {75, 144, 144, 3, 2},
                               {38, 192, 192, 3, 1}, {19, 384, 384, 3, 1}, {10, 960, 960, 3, 1}, {32, 144, 144, 5, 1}};

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

std::string Label(const Case& c) {
  return std::to_string(c.size) + "x" + std::to_string(c.in_c) + "->" + std::to_string(c.out_c) + "_k" +
         std::to_string(c.kernel) + "s" + std::to_string(c.stride);
}

void Report(benchmark::State& state, double macs) {
  state.counters["GMAC/s"] = benchmark::Counter(macs * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void Conv(benchmark::State& state, const GemmF32Table& table, const Case& c) {
  ConvF32Shape s;
  s.in_h = s.in_w = c.size;
  s.in_c = c.in_c;
  s.out_c = c.out_c;
  s.kh = s.kw = c.kernel;
  s.stride_h = s.stride_w = c.stride;
  s.out_h = s.out_w = (c.size + c.stride - 1) / c.stride;
  const size_t span = (s.out_h - 1) * c.stride + c.kernel;
  s.pad_top = s.pad_left = span > c.size ? (span - c.size) / 2 : 0;
  s.lo = -kInf;
  s.hi = kInf;
  Aligned x(c.size * c.size * c.in_c * 4), packed(ConvF32PackedBytes(table, s).value());
  Aligned y(s.out_h * s.out_w * c.out_c * 4), scratch(ConvF32ScratchBytes(table, s, 1).value());
  for (auto _ : state) {
    RunConvF32(table, s, {x.floats(), packed.data(), y.floats(), scratch.data()}, nullptr);
    benchmark::ClobberMemory();
  }
  Report(state, static_cast<double>(s.out_h * s.out_w * c.out_c * c.kernel * c.kernel * c.in_c));
}

void Depthwise(benchmark::State& state, const DwConvF32Table& table, const Case& c) {
  DwImageF32Shape s;
  s.in_h = s.in_w = c.size;
  s.channels = c.in_c;
  s.kh = s.kw = c.kernel;
  s.stride_h = s.stride_w = c.stride;
  s.out_h = s.out_w = (c.size + c.stride - 1) / c.stride;
  s.pad_top = s.pad_left = ((s.out_h - 1) * c.stride + c.kernel - c.size) / 2;
  s.lo = 0;
  s.hi = 6;
  Aligned x(c.size * c.size * c.in_c * 4), packed(DwImageF32PackedBytes(table, s).value());
  Aligned y(s.out_h * s.out_w * c.in_c * 4);
  for (auto _ : state) {
    RunDwImageF32(table, s, x.floats(), packed.data(), y.floats(), nullptr);
    benchmark::ClobberMemory();
  }
  Report(state, static_cast<double>(s.out_h * s.out_w * c.in_c * c.kernel * c.kernel));
}

const bool kRegistered = [] {
  for (const GemmF32Table* t : AllGemmF32()) {
    if (!IsaIsUsable(t->isa, Cpu())) continue;
    for (const Case& c : kConvs) {
      benchmark::RegisterBenchmark((std::string("conv_f32/") + t->isa + "/" + Label(c)).c_str(),
                                   [t, c](benchmark::State& state) { Conv(state, *t, c); });
    }
  }
  for (const DwConvF32Table* t : AllDwConvF32()) {
    if (!IsaIsUsable(t->isa, Cpu())) continue;
    for (const Case& c : kDepthwise) {
      benchmark::RegisterBenchmark((std::string("dwconv_f32/") + t->isa + "/" + Label(c)).c_str(),
                                   [t, c](benchmark::State& state) { Depthwise(state, *t, c); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace verge::kernels
