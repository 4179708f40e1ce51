// Every 8-bit table that this CPU can run against the scalar arithmetic of quant.h, where layers of models hardly go:
// factors of every size, sums at the ends of 32 bits, numbers half way between steps, every tail.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/conv_i8.h"
#include "kernels/cpu.h"
#include "kernels/dwconv_image_i8.h"
#include "kernels/tables.h"
#include "ops/quant.h"

namespace verge::ops {
namespace {

using kernels::ConvI8Channel;
using kernels::ConvI8Layer;
using kernels::GemmI8Output;

struct Line {
  alignas(64) std::byte bytes[64];
};
using Memory = std::vector<Line>;
Memory MemoryOf(size_t bytes) { return Memory(bytes / sizeof(Line) + 2); }

class Case {
 public:
  explicit Case(uint32_t seed) : random_(seed) {}

  int32_t Below(int32_t count) { return static_cast<int32_t>(random_() % static_cast<uint32_t>(count)); }
  int32_t Between(int32_t lo, int32_t hi) { return lo + Below(hi - lo + 1); }

  std::vector<uint8_t> Bytes(size_t count) {
    std::vector<uint8_t> out(count);
    for (uint8_t& b : out) b = static_cast<uint8_t>(Below(5) == 0 ? 0x80 : random_());
    return out;
  }

  ConvI8Layer Layer() {
    ConvI8Layer layer;
    layer.is_signed = Below(2) == 0;
    const int32_t lowest = layer.is_signed ? -128 : 0;
    layer.x_zero = Between(lowest, lowest + 255);
    layer.w_zero = Below(2) == 0 ? 0 : Between(lowest, lowest + 255);
    layer.output = Below(4) == 0 ? GemmI8Output::kFloat : GemmI8Output::kBytes;
    layer.halves_away = Below(2) == 0;
    layer.y_zero = Between(lowest, lowest + 255);
    layer.lo = Between(lowest, lowest + 100);
    layer.hi = Between(layer.lo, lowest + 255);
    layer.real_lo = -1e6F;
    layer.real_hi = 1e6F;
    return layer;
  }

  ConvI8Channel Channel() {
    ConvI8Channel channel;
    channel.bias = Below(3) == 0 ? static_cast<int32_t>(random_()) : Between(-4000, 4000);
    channel.shift = Below(3) == 0 ? Between(-31, 30) : Between(-12, -4);
    channel.multiplier = Below(6) == 0 ? std::numeric_limits<int32_t>::max() : Between(1 << 30, 0x7fffffff);
    if (Below(9) == 0) channel.multiplier = 0;
    channel.step = static_cast<float>(Between(1, 1000)) * 1e-4F;
    return channel;
  }

 private:
  std::mt19937 random_;
};

int32_t At(const ConvI8Layer& layer, const std::vector<uint8_t>& bytes, size_t i) {
  return layer.is_signed ? int32_t{static_cast<int8_t>(bytes[i])} : int32_t{bytes[i]};
}

// Output o of pixel (i, j), by definition; sums wrap.
int32_t SumAt(const ConvI8Layer& layer, const std::vector<uint8_t>& x, const std::vector<uint8_t>& w, bool is_depthwise,
              size_t i, size_t j, size_t o) {
  const kernels::WindowShape& s = layer.window;
  const size_t per_group = is_depthwise ? 1 : s.in_c / s.groups;
  const size_t first = is_depthwise ? o : o / (s.out_c / s.groups) * per_group;
  uint32_t sum = 0;
  for (size_t p = 0; p < s.kh; ++p) {
    for (size_t q = 0; q < s.kw; ++q) {
      const size_t row = i * s.stride_h + p - s.pad_top, column = j * s.stride_w + q - s.pad_left;
      if (row >= s.in_h || column >= s.in_w) continue;  // also the negative ones, wrapped
      for (size_t c = 0; c < per_group; ++c) {
        const size_t at = is_depthwise ? (p * s.kw + q) * s.in_c + o : ((o * s.kh + p) * s.kw + q) * per_group + c;
        const int32_t a = At(layer, x, (row * s.in_w + column) * s.in_c + first + c) - layer.x_zero;
        sum += static_cast<uint32_t>(a * (At(layer, w, at) - layer.w_zero));
      }
    }
  }
  return static_cast<int32_t>(sum);
}

void ExpectOutput(const ConvI8Layer& layer, const ConvI8Channel& channel, int32_t products, const std::byte* y,
                  size_t at) {
  const auto sum = static_cast<int32_t>(static_cast<uint32_t>(products) + static_cast<uint32_t>(channel.bias));
  if (layer.output == GemmI8Output::kFloat) {
    const float want = std::clamp(static_cast<float>(sum) * channel.step, layer.real_lo, layer.real_hi);
    ASSERT_EQ(reinterpret_cast<const float*>(y)[at], want);
    return;
  }
  const FixedScale scale{channel.multiplier, channel.shift};
  const int64_t scaled = layer.halves_away ? Rescale(sum, scale) : RescaleHalvesUp(sum, scale);
  const int64_t want = std::clamp<int64_t>(scaled + layer.y_zero, layer.lo, layer.hi);
  const int32_t got = layer.is_signed ? int32_t{reinterpret_cast<const int8_t*>(y)[at]}
                                      : int32_t{reinterpret_cast<const uint8_t*>(y)[at]};
  ASSERT_EQ(got, want) << "sum " << sum << ", multiplier " << scale.multiplier << ", shift " << scale.shift;
}

void SetWindow(Case& c, ConvI8Layer& layer, bool is_depthwise) {
  kernels::WindowShape& s = layer.window;
  s.kh = static_cast<size_t>(c.Between(1, 3));
  s.kw = static_cast<size_t>(c.Between(1, 3));
  s.in_h = static_cast<size_t>(c.Between(3, 7));
  s.in_w = static_cast<size_t>(c.Between(3, 9));
  s.stride_h = s.stride_w = static_cast<size_t>(c.Between(1, 2));
  s.pad_top = static_cast<size_t>(c.Below(static_cast<int32_t>(s.kh)));
  s.pad_left = static_cast<size_t>(c.Below(static_cast<int32_t>(s.kw)));
  s.out_h = (s.in_h + s.pad_top - s.kh) / s.stride_h + 1;
  s.out_w = (s.in_w + s.pad_left - s.kw) / s.stride_w + 1;
  if (is_depthwise) {
    s.in_c = s.out_c = s.groups = static_cast<size_t>(c.Between(1, 100));
  } else {
    s.groups = static_cast<size_t>(c.Between(1, 2));
    s.in_c = s.groups * static_cast<size_t>(c.Between(1, 40));
    s.out_c = s.groups * static_cast<size_t>(c.Between(1, 120));
  }
}

template <typename Run>
void ExpectLayer(Case& c, bool is_depthwise, const Run& run) {
  ConvI8Layer layer = c.Layer();
  SetWindow(c, layer, is_depthwise);
  const kernels::WindowShape& s = layer.window;
  const std::vector<uint8_t> x = c.Bytes(s.in_h * s.in_w * s.in_c);
  const std::vector<uint8_t> w = c.Bytes(s.kh * s.kw * s.out_c * (is_depthwise ? 1 : s.in_c / s.groups));
  std::vector<ConvI8Channel> channels(s.out_c);
  for (ConvI8Channel& channel : channels) channel = c.Channel();
  const size_t outputs = s.out_h * s.out_w * s.out_c;
  Memory y = MemoryOf(outputs * sizeof(float));
  run(layer, x, w, channels, y.data()->bytes);
  for (size_t at = 0; at < outputs; ++at) {
    const size_t o = at % s.out_c, pixel = at / s.out_c;
    const int32_t products = SumAt(layer, x, w, is_depthwise, pixel / s.out_w, pixel % s.out_w, o);
    ASSERT_NO_FATAL_FAILURE(ExpectOutput(layer, channels[o], products, y.data()->bytes, at));
  }
}

constexpr uint32_t kCases = 150;

TEST(Int8Kernels, MatrixProductsHaveTheBitsOfTheirDefinition) {
  for (const kernels::GemmI8Table* table : kernels::AllGemmI8()) {
    if (!kernels::IsaIsUsable(table->isa, kernels::Cpu())) continue;
    for (uint32_t seed = 0; seed < kCases; ++seed) {
      SCOPED_TRACE(std::string(table->isa) + ", seed " + std::to_string(seed));
      Case c(seed);
      ASSERT_NO_FATAL_FAILURE(ExpectLayer(c, false, [&](const auto& layer, auto& x, auto& w, auto& channels, auto* y) {
        Memory packed = MemoryOf(*kernels::ConvI8PackedBytes(*table, layer));
        Memory scratch = MemoryOf(*kernels::ConvI8ScratchBytes(*table, layer, 1));
        kernels::PackConvI8(*table, layer, w.data(), channels.data(), packed.data()->bytes);
        kernels::RunConvI8(*table, layer, {x.data(), packed.data()->bytes, y, scratch.data()->bytes}, nullptr);
      }));
    }
  }
}

TEST(Int8Kernels, DepthwiseLayersHaveTheBitsOfTheirDefinition) {
  for (const kernels::DwConvI8Table* table : kernels::AllDwConvI8()) {
    if (!kernels::IsaIsUsable(table->isa, kernels::Cpu())) continue;
    for (uint32_t seed = 0; seed < kCases; ++seed) {
      SCOPED_TRACE(std::string(table->isa) + ", seed " + std::to_string(seed));
      Case c(seed);
      ASSERT_NO_FATAL_FAILURE(ExpectLayer(c, true, [&](const auto& layer, auto& x, auto& w, auto& channels, auto* y) {
        Memory packed = MemoryOf(*kernels::DwImageI8PackedBytes(*table, layer));
        Memory scratch = MemoryOf(*kernels::DwImageI8ScratchBytes(layer, 1));
        kernels::PackDwImageI8(*table, layer, w.data(), channels.data(), packed.data()->bytes);
        kernels::RunDwImageI8(*table, layer, {x.data(), packed.data()->bytes, y, scratch.data()->bytes}, nullptr);
      }));
    }
  }
}

TEST(Int8Kernels, RealNumbersAreRoundedAsDefined) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> x = {0.0F,  -0.0F,  0.25F,     -0.25F,     0.75F, -0.75F,      1.25F,  -1.25F,  63.25F, -64.25F,
                          1e30F, -1e30F, kInfinity, -kInfinity, NAN,   0.24999999F, 1e-40F, -63.75F, 31.75F, 2.5F};
  for (int i = -300; i <= 300; ++i) x.push_back(static_cast<float>(i) * 0.25F);
  for (const kernels::VecI8Table* table : kernels::AllVecI8()) {
    if (!kernels::IsaIsUsable(table->isa, kernels::Cpu())) continue;
    for (const bool half_even : {false, true}) {
      for (const QuantRange range : {QuantRange{-128, 127}, QuantRange{0, 255}}) {
        const int32_t zero = range.lo + 100;
        std::vector<uint8_t> y(x.size());
        table->quantise({0.5F, half_even, zero, range.lo, range.hi}, x.data(), x.size(), y.data());
        for (size_t i = 0; i < x.size(); ++i) {
          const int32_t want =
              half_even ? QuantiseHalfEven(x[i], 0.5F, zero, range) : QuantiseReal(x[i], 0.5F, zero, range);
          ASSERT_EQ(y[i], static_cast<uint8_t>(want)) << table->isa << " of " << x[i];
        }
      }
    }
  }
}

}  // namespace
}  // namespace verge::ops
