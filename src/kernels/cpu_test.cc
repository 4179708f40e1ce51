#include "kernels/cpu.h"

#include <gtest/gtest.h>

namespace verge::kernels {
namespace {

CpuFeatures Everything() {
  CpuFeatures f;
  f.avx2 = f.avx512 = f.avx512_vnni = f.avx_vnni = f.neon = f.neon_dotprod = f.neon_i8mm = f.neon_fp16 = true;
  return f;
}

TEST(Cpu, LimitsTakeAwayOnlyWhatLiesAbove) {
  EXPECT_FALSE(LimitCpu(Everything(), "scalar").avx2);
  EXPECT_FALSE(LimitCpu(Everything(), "scalar").neon);
  EXPECT_TRUE(LimitCpu(Everything(), "avx2").avx2);
  EXPECT_FALSE(LimitCpu(Everything(), "avx2").avx512);
  EXPECT_FALSE(LimitCpu(Everything(), "avx2").avx512_vnni);
  EXPECT_FALSE(LimitCpu(Everything(), "avx2").avx_vnni);
  EXPECT_TRUE(LimitCpu(Everything(), "avxvnni").avx_vnni);
  EXPECT_FALSE(LimitCpu(Everything(), "avxvnni").avx512);
  EXPECT_TRUE(LimitCpu(Everything(), "avx512").avx512);
  EXPECT_FALSE(LimitCpu(Everything(), "avx512").avx512_vnni);
  EXPECT_TRUE(LimitCpu(Everything(), "vnni").avx512_vnni);
  EXPECT_TRUE(LimitCpu(Everything(), "neon").neon);
  EXPECT_FALSE(LimitCpu(Everything(), "neon").neon_dotprod);
  EXPECT_TRUE(LimitCpu(Everything(), "neondot").neon_dotprod);
  EXPECT_FALSE(LimitCpu(Everything(), "neondot").neon_i8mm);
  EXPECT_FALSE(LimitCpu(Everything(), "neon").avx2);
}

TEST(Cpu, LimitsNeverAdd) {
  for (const char* isa : {"scalar", "avx2", "avxvnni", "avx512", "vnni", "neon", "", "no such isa"}) {
    const CpuFeatures f = LimitCpu(CpuFeatures{}, isa);
    EXPECT_FALSE(f.avx2 || f.avx_vnni || f.avx512 || f.avx512_vnni || f.neon || f.neon_dotprod || f.neon_i8mm ||
                 f.neon_fp16)
        << isa;
  }
}

TEST(Cpu, DetectionIsConsistent) {
  const CpuFeatures f = DetectCpu();
  EXPECT_TRUE(f.avx2 || !f.avx512);
  EXPECT_TRUE(f.avx512 || !f.avx512_vnni);
  EXPECT_GE(f.l1d_bytes, 4096U);
  EXPECT_GE(f.l2_bytes, f.l1d_bytes);
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  EXPECT_EQ(f.avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  EXPECT_EQ(f.avx512_vnni, static_cast<bool>(__builtin_cpu_supports("avx512vnni")) && f.avx512);
#endif
}

}  // namespace
}  // namespace verge::kernels
