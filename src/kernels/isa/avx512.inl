// Vector type of the units compiled for AVX-512 F+BW+DQ+VL.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace {

struct F32 {
  using Reg = __m512;
  static constexpr int kLanes = 16;
  // Rows of a register tile by its width in vectors (1, 2, 3), and rows of one block of work.
  static constexpr int kTileRows[3] = {14, 14, 7};
  static constexpr int kBlockRows = 14;
  static constexpr const char* kDwConvName = "dwconv_f32_nhwc_4x16__avx512";
  static constexpr const char* kVecName = "vec_f32_16__avx512";
  static constexpr const char* kGemmNames[3] = {"gemm_f32_14x16__avx512", "gemm_f32_14x32__avx512",
                                                "gemm_f32_7x48__avx512"};

  static __mmask16 Mask(size_t n) { return static_cast<__mmask16>((1U << n) - 1U); }
  static Reg Zero() { return _mm512_setzero_ps(); }
  static Reg Set1(float v) { return _mm512_set1_ps(v); }
  static Reg Load(const float* p) { return _mm512_loadu_ps(p); }
  static Reg LoadN(const float* p, size_t n) { return _mm512_maskz_loadu_ps(Mask(n), p); }
  static void Store(float* p, Reg v) { _mm512_storeu_ps(p, v); }
  static void StoreN(float* p, Reg v, size_t n) { _mm512_mask_storeu_ps(p, Mask(n), v); }
  static Reg Add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
  static Reg Sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
  static Reg Mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  static Reg Div(Reg a, Reg b) { return _mm512_div_ps(a, b); }
  static Reg Fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  // The second operand where either is NaN, so that a NaN passed there stays.
  static Reg Min(Reg a, Reg b) { return _mm512_min_ps(a, b); }
  static Reg Max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
  // Rounds to the nearest whole number.
  static Reg Round(Reg a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  // 2^a for whole a in [-126, 127].
  static Reg Pow2(Reg a) {
    const __m512i bits = _mm512_add_epi32(_mm512_cvtps_epi32(a), _mm512_set1_epi32(127));
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 23));
  }
};

}  // namespace
