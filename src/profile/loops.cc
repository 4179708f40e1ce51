// The loops in registers. Enough independent chains that latency hides: two units of four to five cycles want ten.
#include "profile/machine.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace verge::profile {
namespace {

constexpr int kChains = 12;  // all loops over them are unrolled, so that they are registers and not an array

[[maybe_unused]] double Macs(size_t rounds, size_t per_instruction) {
  return static_cast<double>(rounds) * kChains * static_cast<double>(per_instruction);
}

// Keeps a register's value alive and unknown, so that rounds are neither merged nor moved.
#define VERGE_KEEP(register_constraint, value) __asm__ volatile("" : "+" register_constraint(value))

#if defined(__x86_64__)

#define VERGE_AVX2 __attribute__((target("avx2,fma")))
#define VERGE_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define VERGE_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")))

VERGE_AVX2 double F32Avx2(size_t rounds, float* sink) {
  __m256 sums[kChains];
#pragma GCC unroll 12
  for (__m256& s : sums) s = _mm256_setzero_ps();
  const __m256 a = _mm256_set1_ps(*sink);
  for (size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (__m256& s : sums) {
      s = _mm256_fmadd_ps(a, a, s);
      VERGE_KEEP("x", s);
    }
  }
#pragma GCC unroll 12
  for (const __m256 s : sums) *sink += _mm256_cvtss_f32(s);
  return Macs(rounds, 8);
}

VERGE_AVX512 double F32Avx512(size_t rounds, float* sink) {
  __m512 sums[kChains];
#pragma GCC unroll 12
  for (__m512& s : sums) s = _mm512_setzero_ps();
  const __m512 a = _mm512_set1_ps(*sink);
  for (size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (__m512& s : sums) {
      s = _mm512_fmadd_ps(a, a, s);
      VERGE_KEEP("v", s);
    }
  }
#pragma GCC unroll 12
  for (const __m512 s : sums) *sink += _mm512_cvtss_f32(s);
  return Macs(rounds, 16);
}

VERGE_AVX2 double Int8Avx2(size_t rounds, float* sink) {
  __m256i sums[kChains];
#pragma GCC unroll 12
  for (__m256i& s : sums) s = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi16(static_cast<short>(*sink));
  for (size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (__m256i& s : sums) {
      VERGE_KEEP("x", a);
      s = _mm256_add_epi32(s, _mm256_madd_epi16(a, a));
      VERGE_KEEP("x", s);
    }
  }
#pragma GCC unroll 12
  for (const __m256i s : sums) *sink += static_cast<float>(_mm256_cvtsi256_si32(s));
  return Macs(rounds, 16);
}

VERGE_AVX512 double Int8Avx512(size_t rounds, float* sink) {
  __m512i sums[kChains];
#pragma GCC unroll 12
  for (__m512i& s : sums) s = _mm512_setzero_si512();
  __m512i a = _mm512_set1_epi16(static_cast<short>(*sink));
  for (size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (__m512i& s : sums) {
      VERGE_KEEP("v", a);
      s = _mm512_add_epi32(s, _mm512_madd_epi16(a, a));
      VERGE_KEEP("v", s);
    }
  }
#pragma GCC unroll 12
  for (const __m512i s : sums) *sink += static_cast<float>(_mm512_cvtsi512_si32(s));
  return Macs(rounds, 32);
}

VERGE_VNNI double Int8Vnni(size_t rounds, float* sink) {
  __m512i sums[kChains];
#pragma GCC unroll 12
  for (__m512i& s : sums) s = _mm512_setzero_si512();
  const __m512i a = _mm512_set1_epi8(static_cast<char>(*sink));
  for (size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (__m512i& s : sums) {
      s = _mm512_dpbusd_epi32(s, a, a);
      VERGE_KEEP("v", s);
    }
  }
#pragma GCC unroll 12
  for (const __m512i s : sums) *sink += static_cast<float>(_mm512_cvtsi512_si32(s));
  return Macs(rounds, 64);
}

#elif defined(__aarch64__)

double F32Neon(size_t rounds, float* sink) {
  float32x4_t sums[kChains];
#pragma GCC unroll 12
  for (float32x4_t& s : sums) s = vdupq_n_f32(0);
  const float32x4_t a = vdupq_n_f32(*sink);
  for (size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (float32x4_t& s : sums) {
      s = vfmaq_f32(s, a, a);
      VERGE_KEEP("w", s);
    }
  }
#pragma GCC unroll 12
  for (const float32x4_t s : sums) *sink += vgetq_lane_f32(s, 0);
  return Macs(rounds, 4);
}

double Int8Neon(size_t rounds, float* sink) {
  int32x4_t sums[kChains];
#pragma GCC unroll 12
  for (int32x4_t& s : sums) s = vdupq_n_s32(0);
  const int16x4_t a = vdup_n_s16(static_cast<int16_t>(*sink));
  for (size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int32x4_t& s : sums) {
      s = vmlal_s16(s, a, a);
      VERGE_KEEP("w", s);
    }
  }
#pragma GCC unroll 12
  for (const int32x4_t s : sums) *sink += static_cast<float>(vgetq_lane_s32(s, 0));
  return Macs(rounds, 4);
}

#endif

double F32Scalar(size_t rounds, float* sink) {
  float sums[kChains] = {};
  const float a = *sink;
  for (size_t r = 0; r < rounds; ++r) {
    for (float& s : sums) {
      s += a * a;
      VERGE_KEEP("m", s);
    }
  }
  for (const float s : sums) *sink += s;
  return Macs(rounds, 1);
}

double Int8Scalar(size_t rounds, float* sink) {
  int sums[kChains] = {};
  int a = static_cast<int>(*sink);
  for (size_t r = 0; r < rounds; ++r) {
    for (int& s : sums) {
      VERGE_KEEP("r", a);
      s += a * a;
      VERGE_KEEP("m", s);
    }
  }
  for (const int s : sums) *sink += static_cast<float>(s);
  return Macs(rounds, 1);
}

}  // namespace

Loop F32Loop([[maybe_unused]] const CpuFeatures& cpu) {
#if defined(__x86_64__)
  if (cpu.avx512) return {"avx512", F32Avx512};
  if (cpu.avx2) return {"avx2", F32Avx2};
#elif defined(__aarch64__)
  if (cpu.neon) return {"neon", F32Neon};
#endif
  return {"scalar", F32Scalar};
}

Loop Int8Loop([[maybe_unused]] const CpuFeatures& cpu) {
#if defined(__x86_64__)
  if (cpu.avx512_vnni) return {"vnni", Int8Vnni};
  if (cpu.avx512) return {"avx512", Int8Avx512};
  if (cpu.avx2) return {"avx2", Int8Avx2};
#elif defined(__aarch64__)
  if (cpu.neon) return {"neon", Int8Neon};
#endif
  return {"scalar", Int8Scalar};
}

}  // namespace verge::profile
