// Every table that this CPU can run: names, convolutions against plain loops, and equality of bits between tables.
#include "kernels/tables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include "kernels/conv_f32.h"
#include "kernels/cpu.h"
#include "kernels/dwconv_image_f32.h"

namespace verge::kernels {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

// Runs tasks in reverse order on the caller's thread: what matters here is how work is split.
class FakeParallel : public Parallel {
 public:
  explicit FakeParallel(int threads) : threads_(threads) {}
  int threads() const override { return threads_; }
  void Run(int count, Task task, void* context) override {
    for (int i = count; i-- > 0;) task(context, i);
  }

 private:
  int threads_;
};

// 64-byte aligned, with a guard behind it that must survive.
class Block {
 public:
  explicit Block(size_t bytes) : bytes_(bytes), store_(bytes + 128, std::byte{0x5a}) {}
  std::byte* data() {
    const auto at = reinterpret_cast<uintptr_t>(store_.data());
    return store_.data() + ((64 - at % 64) % 64);
  }
  float* floats() { return reinterpret_cast<float*>(data()); }
  bool GuardIsIntact() {
    for (std::byte* p = data() + bytes_; p != store_.data() + store_.size(); ++p) {
      if (*p != std::byte{0x5a}) return false;
    }
    return true;
  }

 private:
  size_t bytes_;
  std::vector<std::byte> store_;
};

std::vector<float> Noise(size_t n, uint32_t seed) {
  std::vector<float> out(n);
  uint32_t state = seed * 2654435761U + 1;
  for (float& v : out) {
    state = state * 1664525U + 1013904223U;
    v = static_cast<float>(state >> 8) / static_cast<float>(1U << 23) - 1.0F;
  }
  return out;
}

// One convolution by definition, in double.
std::vector<float> PlainConv(const ConvF32Shape& s, const std::vector<float>& x, const std::vector<float>& w,
                             const std::vector<float>& b) {
  std::vector<float> y;
  const size_t cg = s.in_c / s.groups;
  for (size_t n = 0; n < s.n; ++n) {
    for (size_t ij = 0; ij < s.out_h * s.out_w; ++ij) {
      for (size_t o = 0; o < s.out_c; ++o) {
        double sum = static_cast<double>(b[o]);
        for (size_t pq = 0; pq < s.kh * s.kw; ++pq) {
          const size_t row = ij / s.out_w * s.stride_h + pq / s.kw * s.dilation_h - s.pad_top;
          const size_t column = ij % s.out_w * s.stride_w + pq % s.kw * s.dilation_w - s.pad_left;
          if (row >= s.in_h || column >= s.in_w) continue;  // also the negative ones, wrapped
          for (size_t c = 0; c < cg; ++c) {
            sum += static_cast<double>(
                       x[((n * s.in_h + row) * s.in_w + column) * s.in_c + o / (s.out_c / s.groups) * cg + c]) *
                   static_cast<double>(w[(o * s.kh * s.kw + pq) * cg + c]);
          }
        }
        y.push_back(std::min(std::max(static_cast<float>(sum), s.lo), s.hi));
      }
    }
  }
  return y;
}

void ExpectNear(const std::vector<float>& want, const float* got, double tolerance, const std::string& what) {
  for (size_t i = 0; i < want.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(want[i]), static_cast<double>(got[i]), tolerance) << what << " at " << i;
  }
}

ConvF32Shape Shape(size_t h, size_t w, size_t c, size_t o, size_t kernel, size_t stride, size_t pad,
                   size_t dilation = 1, size_t groups = 1) {
  ConvF32Shape s;
  const size_t reach = (kernel - 1) * dilation + 1;
  s.in_h = h;
  s.in_w = w;
  s.in_c = c;
  s.out_c = o;
  s.kh = s.kw = kernel;
  s.stride_h = s.stride_w = stride;
  s.dilation_h = s.dilation_w = dilation;
  s.pad_top = s.pad_left = pad;
  s.groups = groups;
  s.out_h = (h + 2 * pad - reach) / stride + 1;
  s.out_w = (w + 2 * pad - reach) / stride + 1;
  s.lo = -kInf;
  s.hi = kInf;
  return s;
}

// Each reaches another path: every row tail, every column tail, runs over edges, zero rows, groups, deep products.
std::vector<ConvF32Shape> ConvShapes() {
  std::vector<ConvF32Shape> shapes;
  for (size_t m = 1; m <= 29; ++m) shapes.push_back(Shape(1, m, 5, 33, 1, 1, 0));
  for (size_t o = 1; o <= 100; o += o < 50 ? 1 : 7) shapes.push_back(Shape(3, 5, 3, o, 1, 1, 0));
  shapes.push_back(Shape(9, 11, 3, 32, 3, 2, 1));
  shapes.push_back(Shape(7, 4, 3, 17, 5, 1, 3));
  shapes.push_back(Shape(2, 2, 3, 8, 7, 1, 6));
  shapes.push_back(Shape(6, 5, 20, 24, 3, 1, 1));
  shapes.push_back(Shape(8, 8, 20, 24, 3, 2, 2, 2));
  shapes.push_back(Shape(8, 8, 4, 24, 3, 1, 2, 3));
  shapes.push_back(Shape(5, 5, 12, 42, 3, 1, 1, 1, 6));
  shapes.push_back(Shape(5, 6, 40, 20, 1, 2, 0, 1, 2));
  shapes.push_back(Shape(3, 5, 1280, 144, 1, 1, 0));
  shapes.push_back(Shape(4, 4, 256, 80, 3, 2, 1));
  ConvF32Shape batch = Shape(4, 3, 6, 10, 3, 1, 1);
  batch.n = 3;
  batch.lo = 0;
  batch.hi = 0.5F;
  shapes.push_back(batch);
  return shapes;
}

template <typename T>
size_t UsableTables(const T& tables) {
  size_t count = 0;
  for (const auto* t : tables) count += IsaIsUsable(t->isa, Cpu()) ? 1 : 0;
  return count;
}

TEST(Tables, NamesFollowTheGrammar) {
  const std::regex grammar("[a-z]+(_[a-z0-9]+)+_([0-9]+x)?[0-9]+__(avx512|avx2|neon)");
  const std::regex tile(".*_([0-9]+)x([0-9]+)__.*");
  for (const GemmF32Table* t : AllGemmF32()) {
    for (const GemmF32Tile& entry : t->tiles) {
      const std::string name = entry.name;
      EXPECT_TRUE(std::regex_match(name, grammar)) << name;
      std::smatch parts;
      ASSERT_TRUE(std::regex_match(name, parts, tile)) << name;
      EXPECT_EQ(std::stoul(parts[1]), entry.mr) << name;
      EXPECT_EQ(std::stoul(parts[2]), entry.nr) << name;
      EXPECT_TRUE(name.ends_with(std::string("__") + t->isa)) << name;
    }
  }
  for (const DwConvF32Table* t : AllDwConvF32()) EXPECT_TRUE(std::regex_match(t->name, grammar)) << t->name;
  for (const BoxesF32Table* t : AllBoxesF32()) EXPECT_TRUE(std::regex_match(t->name, grammar)) << t->name;
  for (const VecF32Table* t : AllVecF32()) EXPECT_TRUE(std::regex_match(t->name, grammar)) << t->name;
}

TEST(Tables, BestIsTheFirstThatTheCpuMayRun) {
  EXPECT_EQ(BestGemmF32(CpuFeatures{}), nullptr);
  for (const GemmF32Table* t : AllGemmF32()) {
    CpuFeatures only;
    only.avx512 = std::string_view(t->isa) == "avx512";
    only.avx2 = std::string_view(t->isa) == "avx2";
    only.neon = std::string_view(t->isa) == "neon";
    EXPECT_EQ(BestGemmF32(only), t);
  }
  EXPECT_FALSE(IsaIsUsable("mmx", Cpu()));
}

// Runs one shape on one table.
std::vector<float> RunConv(const GemmF32Table& table, const ConvF32Shape& s, const std::vector<float>& x,
                           const std::vector<float>& w, const std::vector<float>& b, int threads) {
  Block packed(ConvF32PackedBytes(table, s).value());
  Block scratch(ConvF32ScratchBytes(table, s, threads).value());
  const size_t outputs = s.n * s.out_h * s.out_w * s.out_c;
  Block y(outputs * sizeof(float));
  PackConvF32(table, s, w.data(), b.data(), packed.data());
  FakeParallel parallel(threads);
  RunConvF32(table, s, {x.data(), packed.data(), y.floats(), scratch.data()}, threads == 1 ? nullptr : &parallel);
  EXPECT_TRUE(packed.GuardIsIntact() && scratch.GuardIsIntact() && y.GuardIsIntact()) << table.isa;
  return {y.floats(), y.floats() + outputs};
}

TEST(ConvF32, EveryTableAgreesWithPlainLoopsAndWithTheOthers) {
  if (UsableTables(AllGemmF32()) == 0) GTEST_SKIP() << "no vector unit on this CPU";
  uint32_t seed = 1;
  for (const ConvF32Shape& s : ConvShapes()) {
    const auto x = Noise(s.n * s.in_h * s.in_w * s.in_c, ++seed);
    const auto w = Noise(s.out_c * s.kh * s.kw * (s.in_c / s.groups), ++seed);
    const auto b = Noise(s.out_c, ++seed);
    const auto want = PlainConv(s, x, w, b);
    const double depth = static_cast<double>(s.kh * s.kw * (s.in_c / s.groups));
    std::vector<float> first;
    for (const GemmF32Table* table : AllGemmF32()) {
      if (!IsaIsUsable(table->isa, Cpu())) continue;
      const auto got = RunConv(*table, s, x, w, b, 1);
      ExpectNear(want, got.data(), 1e-6 * depth + 1e-6, table->isa);
      if (HasFatalFailure()) return;
      EXPECT_EQ(RunConv(*table, s, x, w, b, 4), got) << table->isa << ": threads change the bits";
      if (first.empty()) first = got;
      EXPECT_EQ(first, got) << table->isa << " gives other bits";
    }
  }
}

std::vector<ConvF32Shape> DwShapes() {
  std::vector<ConvF32Shape> shapes;
  for (size_t c : std::vector<size_t>{1, 3, 4, 8, 15, 16, 17, 24, 42, 96}) {
    for (size_t stride : std::vector<size_t>{1, 2}) {
      shapes.push_back(Shape(6, 11, c, c, 3, stride, 1, 1, c));
      shapes.push_back(Shape(9, 13, c, c, 5, stride, 2, 1, c));
    }
  }
  shapes.push_back(Shape(8, 17, 20, 20, 3, 3, 1, 1, 20));
  shapes.push_back(Shape(8, 17, 20, 20, 3, 1, 2, 2, 20));
  shapes.push_back(Shape(5, 4, 20, 20, 5, 2, 4, 1, 20));
  shapes.push_back(Shape(2, 2, 7, 7, 5, 1, 4, 1, 7));
  shapes.push_back(Shape(9, 19, 20, 20, 4, 1, 0, 1, 20));
  shapes.push_back(Shape(12, 12, 9, 9, 7, 2, 0, 1, 9));
  return shapes;
}

TEST(DwConvF32, EveryTableAgreesWithPlainLoopsAndWithTheOthers) {
  if (UsableTables(AllDwConvF32()) == 0) GTEST_SKIP() << "no vector unit on this CPU";
  uint32_t seed = 100;
  for (const ConvF32Shape& c : DwShapes()) {
    DwImageF32Shape s;
    s.n = 2;
    s.in_h = c.in_h;
    s.in_w = c.in_w;
    s.out_h = c.out_h;
    s.out_w = c.out_w;
    s.channels = c.in_c;
    s.kh = c.kh;
    s.kw = c.kw;
    s.stride_h = c.stride_h;
    s.stride_w = c.stride_w;
    s.dilation_h = c.dilation_h;
    s.dilation_w = c.dilation_w;
    s.pad_top = c.pad_top;
    s.pad_left = c.pad_left;
    s.lo = -1.5F;
    s.hi = 1.5F;
    ConvF32Shape plain = c;
    plain.n = 2;
    plain.lo = s.lo;
    plain.hi = s.hi;
    const auto x = Noise(2 * s.in_h * s.in_w * s.channels, ++seed);
    const auto w = Noise(s.kh * s.kw * s.channels, ++seed);  // [c][tap], as PlainConv wants
    const auto b = Noise(s.channels, ++seed);
    const auto want = PlainConv(plain, x, w, b);
    std::vector<float> taps_first(w.size());
    for (size_t i = 0; i < w.size(); ++i) taps_first[i % (s.kh * s.kw) * s.channels + i / (s.kh * s.kw)] = w[i];
    std::vector<float> first;
    for (const DwConvF32Table* table : AllDwConvF32()) {
      if (!IsaIsUsable(table->isa, Cpu())) continue;
      for (int threads : {1, 3}) {
        Block packed(DwImageF32PackedBytes(*table, s).value());
        Block y(want.size() * sizeof(float));
        PackDwImageF32(*table, s, taps_first.data(), b.data(), packed.data());
        FakeParallel parallel(threads);
        RunDwImageF32(*table, s, x.data(), packed.data(), y.floats(), &parallel);
        EXPECT_TRUE(packed.GuardIsIntact() && y.GuardIsIntact());
        ExpectNear(want, y.floats(), 1e-5, table->isa);
        if (HasFatalFailure()) return;
        const std::vector<float> got(y.floats(), y.floats() + want.size());
        if (first.empty()) first = got;
        EXPECT_EQ(first, got) << table->isa << " gives other bits";
      }
    }
  }
}

}  // namespace
}  // namespace verge::kernels
