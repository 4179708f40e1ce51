// Sparse products on every table that this CPU can run, against plain loops and against the dense kernels' bits.
#include "kernels/product_sparse_f32.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kernels/conv_f32.h"
#include "kernels/cpu.h"
#include "kernels/tables.h"

namespace verge::kernels {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

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

// 64-byte aligned, with a guard behind it that must survive; as f32 the fill is NaN.
class Block {
 public:
  explicit Block(size_t bytes) : bytes_(bytes), store_(bytes + 128, std::byte{0xff}) {}
  std::byte* data() {
    const auto at = reinterpret_cast<uintptr_t>(store_.data());
    return store_.data() + ((64 - at % 64) % 64);
  }
  float* floats() { return reinterpret_cast<float*>(data()); }
  bool GuardIsIntact() {
    return std::all_of(data() + bytes_, store_.data() + store_.size(),
                       [](std::byte b) { return b == std::byte{0xff}; });
  }

 private:
  size_t bytes_;
  std::vector<std::byte> store_;
};

struct Problem {
  SparseF32Shape s;
  std::vector<float> x, w, b;
};

Problem MakeProblem(size_t m, size_t k, size_t n, int percent_zero, uint32_t seed) {
  Problem p{{m, k, n, -kInf, kInf}, std::vector<float>(m * k), std::vector<float>(n * k), std::vector<float>(n)};
  uint32_t state = seed * 2654435761U + 1;
  const auto next = [&] {
    state = state * 1664525U + 1013904223U;
    return state >> 8;
  };
  const auto value = [&] { return static_cast<float>(next()) / static_cast<float>(1U << 23) - 1.0F; };
  std::generate(p.x.begin(), p.x.end(), value);
  std::generate(p.b.begin(), p.b.end(), value);
  for (float& v : p.w) v = static_cast<int>(next() % 100) < percent_zero ? 0.0F : value();
  return p;
}

std::vector<float> RunSparse(const SparseF32Table& table, const Problem& p, int threads) {
  Block packed(SparseF32PackedBytes(table, p.s, p.w.data()).value());
  Block scratch(SparseF32ScratchBytes(table, p.s, threads).value());
  Block y(p.s.m * p.s.n * sizeof(float));
  PackSparseF32(table, p.s, p.w.data(), p.b.data(), packed.data());
  FakeParallel parallel(threads);
  RunSparseF32(table, p.s, {p.x.data(), packed.data(), y.floats(), scratch.data()}, threads == 1 ? nullptr : &parallel);
  EXPECT_TRUE(packed.GuardIsIntact() && scratch.GuardIsIntact() && y.GuardIsIntact()) << table.isa;
  return {y.floats(), y.floats() + p.s.m * p.s.n};
}

std::vector<float> RunDense(const GemmF32Table& table, const Problem& p) {
  ConvF32Shape s;
  s.in_h = s.out_h = p.s.m;
  s.in_c = p.s.k;
  s.out_c = p.s.n;
  s.lo = p.s.lo;
  s.hi = p.s.hi;
  Block packed(ConvF32PackedBytes(table, s).value());
  Block scratch(ConvF32ScratchBytes(table, s, 1).value());
  Block y(p.s.m * p.s.n * sizeof(float));
  PackConvF32(table, s, p.w.data(), p.b.data(), packed.data());
  RunConvF32(table, s, {p.x.data(), packed.data(), y.floats(), scratch.data()}, nullptr);
  return {y.floats(), y.floats() + p.s.m * p.s.n};
}

void ExpectPlain(const Problem& p, const std::vector<float>& got, const std::string& what) {
  for (size_t i = 0; i < p.s.m; ++i) {
    for (size_t o = 0; o < p.s.n; ++o) {
      double sum = static_cast<double>(p.b[o]);
      for (size_t c = 0; c < p.s.k; ++c) {
        sum += static_cast<double>(p.x[i * p.s.k + c]) * static_cast<double>(p.w[o * p.s.k + c]);
      }
      const double want = std::min(std::max(sum, static_cast<double>(p.s.lo)), static_cast<double>(p.s.hi));
      ASSERT_NEAR(static_cast<double>(got[i * p.s.n + o]), want, 1e-6 * static_cast<double>(p.s.k) + 1e-6)
          << what << " row " << i << " output " << o;
    }
  }
}

// Both forms, every tail of rows, inputs and outputs, several chunks of inputs, whole zero rows of weights, none at
// all.
std::vector<Problem> Problems() {
  std::vector<Problem> all;
  uint32_t seed = 0;
  for (size_t m = 1; m <= 70; ++m) all.push_back(MakeProblem(m, 19, 21, 80, ++seed));
  for (size_t n = 1; n <= 70; ++n) all.push_back(MakeProblem(n % 2 == 0 ? 1 : 37, 23, n, 70, ++seed));
  for (size_t k = 1; k <= 70; ++k) all.push_back(MakeProblem(k % 2 == 0 ? 2 : 33, k, 18, 60, ++seed));
  for (const size_t m : {size_t{1}, size_t{2}, size_t{129}}) {
    all.push_back(MakeProblem(m, 1100, 70, 90, ++seed));
    all.push_back(MakeProblem(m, 40, 200, 100, ++seed));
    all.push_back(MakeProblem(m, 40, 200, 0, ++seed));
    all.push_back(MakeProblem(m, 300, 130, 97, ++seed));
  }
  for (Problem& p : all) {
    if (p.s.m % 3 != 0) continue;
    p.s.lo = -0.25F;
    p.s.hi = 0.5F;
  }
  return all;
}

TEST(ProductSparseF32, EveryTableAgreesWithPlainLoopsAndWithTheDenseOnes) {
  bool is_any = false;
  for (const Problem& p : Problems()) {
    for (const SparseF32Table* table : AllSparseF32()) {
      if (!IsaIsUsable(table->isa, Cpu())) continue;
      is_any = true;
      const std::string what = std::string(table->isa) + " " + std::to_string(p.s.m) + "x" + std::to_string(p.s.k) +
                               "->" + std::to_string(p.s.n);
      const auto got = RunSparse(*table, p, 1);
      ExpectPlain(p, got, what);
      if (HasFatalFailure()) return;
      EXPECT_EQ(RunSparse(*table, p, 3), got) << what << ": threads change the bits";
      for (const GemmF32Table* dense : AllGemmF32()) {
        if (!IsaIsUsable(dense->isa, Cpu())) continue;
        EXPECT_EQ(RunDense(*dense, p), got) << what << " and " << dense->isa;
      }
    }
  }
  if (!is_any) GTEST_SKIP() << "no vector unit on this CPU";
}

TEST(ProductSparseF32, SizesThatOverflowAreEmpty) {
  for (const SparseF32Table* table : AllSparseF32()) {
    constexpr size_t kHuge = std::numeric_limits<size_t>::max() / 1000;
    SparseF32Shape s{8, kHuge, kHuge, 0, 0};
    EXPECT_FALSE(SparseF32PackedBytes(*table, s, nullptr)) << table->isa;
    EXPECT_FALSE(SparseF32ScratchBytes(*table, {8, SIZE_MAX / 2, SIZE_MAX / 2, 0, 0}, 4)) << table->isa;
  }
}

TEST(ProductSparseF32, DenseWeightsAreLeftToTheDenseKernel) {
  for (const SparseF32Table* table : AllSparseF32()) {
    for (const size_t m : {size_t{1}, size_t{8}, size_t{200}}) {
      const SparseF32Shape s{m, 256, 256, -kInf, kInf};
      EXPECT_FALSE(SparseF32Pays(*table, s, s.k * s.n)) << table->isa;
      EXPECT_TRUE(SparseF32Pays(*table, s, s.k * s.n / 20)) << table->isa << " " << m;
    }
  }
}

}  // namespace
}  // namespace verge::kernels
