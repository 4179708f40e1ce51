// Element-wise loops of every table that this CPU can run, at every tail length, against plain arithmetic.
#include "kernels/vec_f32.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/tables.h"

namespace verge::kernels {
namespace {

constexpr float kGuard = 12345.0F;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<const VecF32Table*> Usable() {
  std::vector<const VecF32Table*> out;
  for (const VecF32Table* t : AllVecF32()) {
    if (IsaIsUsable(t->isa, Cpu())) out.push_back(t);
  }
  return out;
}

std::vector<float> Ramp(size_t n, float from, float step) {
  std::vector<float> out(n);
  for (size_t i = 0; i < n; ++i) out[i] = from + step * static_cast<float>(i * 7 % 23);
  return out;
}

// Steps between neighbouring floats from a to b.
int64_t UlpDistance(float a, float b) {
  int32_t ia = 0, ib = 0;
  std::memcpy(&ia, &a, sizeof a);
  std::memcpy(&ib, &b, sizeof b);
  return std::abs(static_cast<int64_t>(ia) - ib);
}

float Clamp(float v) { return std::min(std::max(v, -1.0F), 2.0F); }

TEST(VecF32, BinaryAndClampAtEveryLength) {
  for (const VecF32Table* t : Usable()) {
    for (size_t n = 1; n <= 70; ++n) {
      const auto a = Ramp(n, -3.0F, 0.25F);
      const auto b = Ramp(n + 3, 2.0F, -0.125F);
      const auto check = [&](auto run, auto plain) {
        std::vector<float> y(n + 1, kGuard);
        run(y.data());
        for (size_t i = 0; i < n; ++i) ASSERT_EQ(y[i], Clamp(plain(a[i], b[i]))) << t->isa << " n " << n << " at " << i;
        ASSERT_EQ(y[n], kGuard) << t->isa;
      };
      check([&](float* y) { t->add(a.data(), b.data(), y, n, -1, 2); }, [](float p, float q) { return p + q; });
      check([&](float* y) { t->sub(a.data(), b.data(), y, n, -1, 2); }, [](float p, float q) { return p - q; });
      check([&](float* y) { t->mul(a.data(), b.data(), y, n, -1, 2); }, [](float p, float q) { return p * q; });
      check([&](float* y) { t->add_scalar(a.data(), 0.5F, y, n, -1, 2); }, [](float p, float) { return p + 0.5F; });
      check([&](float* y) { t->sub_scalar(a.data(), 0.5F, y, n, -1, 2); }, [](float p, float) { return p - 0.5F; });
      check([&](float* y) { t->mul_scalar(a.data(), 0.5F, y, n, -1, 2); }, [](float p, float) { return p * 0.5F; });
      check([&](float* y) { t->clamp(a.data(), y, n, -1, 2); }, [](float p, float) { return p; });
      if (HasFatalFailure()) return;
    }
  }
}

TEST(VecF32, ReductionsAtEveryLength) {
  for (const VecF32Table* t : Usable()) {
    for (size_t n = 1; n <= 40; ++n) {
      const auto a = Ramp(n, -3.0F, 0.25F), b = Ramp(n, 2.0F, -0.25F), c = Ramp(n, -1.0F, 0.5F), d = Ramp(n, 0, 1);
      const float* rows[4] = {a.data(), b.data(), c.data(), d.data()};
      std::vector<float> y(n + 1, kGuard);
      t->max_of(rows, 3, y.data(), n, -1, 2);
      for (size_t i = 0; i < n; ++i) ASSERT_EQ(y[i], Clamp(std::max({a[i], b[i], c[i]}))) << t->isa;
      t->mean_of(rows, 4, 0.25F, y.data(), n, -1, 2);
      for (size_t i = 0; i < n; ++i) ASSERT_EQ(y[i], Clamp((a[i] + b[i] + c[i] + d[i]) * 0.25F)) << t->isa;
      const float w[4] = {0.5F, 0.25F, 0.125F, 0.125F};
      t->blend4(rows, w, y.data(), n);
      for (size_t i = 0; i < n; ++i) {
        ASSERT_EQ(y[i], a[i] * w[0] + b[i] * w[1] + c[i] * w[2] + d[i] * w[3]) << t->isa;
      }
      ASSERT_EQ(y[n], kGuard) << t->isa;
    }
  }
}

TEST(VecF32, LogisticIsWithinThreeUlp) {
  std::vector<float> x;
  for (int i = 0; i <= 31600; ++i) x.push_back(-87.0F + 0.0037F * static_cast<float>(i));
  for (const VecF32Table* t : Usable()) {
    std::vector<float> y(x.size());
    t->logistic(x.data(), y.data(), x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const float want = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(x[i]))));
      ASSERT_LE(UlpDistance(want, y[i]), 3) << t->isa << " at x = " << x[i];
    }
  }
}

TEST(VecF32, ExtremesOfLogisticAndNan) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const VecF32Table* t : Usable()) {
    const float x[5] = {-inf, -200.0F, 0.0F, inf, kNan};
    float y[5];
    t->logistic(x, y, 5);
    EXPECT_LT(y[0], 1e-37F);
    EXPECT_GE(y[0], 0.0F);
    EXPECT_LT(y[1], 1e-37F);
    EXPECT_EQ(y[2], 0.5F);
    EXPECT_EQ(y[3], 1.0F);
    EXPECT_TRUE(std::isnan(y[4])) << t->isa;
    t->clamp(x, y, 5, 0, 6);
    EXPECT_TRUE(std::isnan(y[4])) << t->isa;
    EXPECT_EQ(y[3], 6.0F);
  }
}

}  // namespace
}  // namespace verge::kernels
