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
  static constexpr const char* kSparseName = "sparse_f32_64x16__avx512";
  static constexpr const char* kNibbleName = "nibble_f32_4x32__avx512";
  static constexpr const char* kVecName = "vec_f32_16__avx512";
  static constexpr const char* kBoxesName = "boxes_f32_16__avx512";
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
  static Reg Sqrt(Reg a) { return _mm512_sqrt_ps(a); }
  static Reg Abs(Reg a) { return _mm512_abs_ps(a); }
  static Reg CopySign(Reg magnitude, Reg sign) {
    const __m512i bit = _mm512_set1_epi32(static_cast<int>(0x80000000U));
    return _mm512_castsi512_ps(_mm512_or_si512(_mm512_andnot_si512(bit, _mm512_castps_si512(magnitude)),
                                               _mm512_and_si512(bit, _mm512_castps_si512(sign))));
  }
  // a < b ? x : y; y where either is NaN.
  static Reg SelectLess(Reg a, Reg b, Reg x, Reg y) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
  }
  // Where a is NaN x, else y.
  static Reg SelectNan(Reg a, Reg x, Reg y) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), y, x);
  }
  static float Sum(Reg a) { return _mm512_reduce_add_ps(a); }
  static float Largest(Reg a) { return _mm512_reduce_max_ps(a); }
  // Rounds to the nearest whole number.
  static Reg Round(Reg a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Reg Truncate(Reg a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
  // 1 with the sign of a where |a| is at least a half, else 0.
  static Reg UnitWhereHalf(Reg a) {
    const __m512i sign = _mm512_set1_epi32(static_cast<int>(0x80000000U));
    const __m512i unit = _mm512_or_si512(_mm512_and_si512(_mm512_castps_si512(a), sign), _mm512_castps_si512(Set1(1)));
    const __mmask16 is_half = _mm512_cmp_ps_mask(_mm512_abs_ps(a), Set1(0.5F), _CMP_GE_OQ);
    return _mm512_castsi512_ps(_mm512_maskz_mov_epi32(is_half, unit));
  }
  static Reg ZeroForNan(Reg a) { return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, a, _CMP_ORD_Q), a); }
  // 2^k of t = 1.5 * 2^23 + k, k whole in [-126, 127]: the last bits of t are k.
  static Reg Pow2(Reg t) {
    const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(t), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(exponent, _mm512_castps_si512(Set1(1))));
  }

  // kLanes bytes as numbers: the lower halves less 8, and the upper halves less 8.
  struct Nibbles {
    Reg table = _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
    void Load(const uint8_t* p, Reg& low, Reg& high) const {
      const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
      low = _mm512_permutexvar_ps(bytes, table);  // looks at four bits
      high = _mm512_permutexvar_ps(_mm512_srli_epi32(bytes, 4), table);
    }
  };

  // kPick values in registers, of which each lane picks one by its index, a byte.
  static constexpr int kPick = 32;
  struct Picked {
    Reg a, b;
  };
  static Picked LoadPicked(const float* p) { return {Load(p), Load(p + kLanes)}; }
  static Reg Pick(const Picked& x, const uint8_t* index) {
    const __m512i i = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(index)));
    return _mm512_permutex2var_ps(x.a, i, x.b);
  }

  // r[i][j] <-> r[j][i].
  static void Transpose(Reg* r) {
    Reg t[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes; i += 2) {
      t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    // u[i + j] has in its 128-bit part l column 4 l + j of rows i to i + 3.
    Reg u[kLanes];
#pragma GCC unroll 4
    for (int i = 0; i < kLanes; i += 4) {
      u[i] = Pairs<false>(t[i], t[i + 2]);
      u[i + 1] = Pairs<true>(t[i], t[i + 2]);
      u[i + 2] = Pairs<false>(t[i + 1], t[i + 3]);
      u[i + 3] = Pairs<true>(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const Reg even_low = _mm512_shuffle_f32x4(u[j], u[4 + j], 0x88);
      const Reg odd_low = _mm512_shuffle_f32x4(u[j], u[4 + j], 0xdd);
      const Reg even_high = _mm512_shuffle_f32x4(u[8 + j], u[12 + j], 0x88);
      const Reg odd_high = _mm512_shuffle_f32x4(u[8 + j], u[12 + j], 0xdd);
      r[j] = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
      r[4 + j] = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
      r[8 + j] = _mm512_shuffle_f32x4(even_low, even_high, 0xdd);
      r[12 + j] = _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
    }
  }

 private:
  // The lower or upper pairs of values of each 128-bit part of both.
  template <bool kUpper>
  static Reg Pairs(Reg a, Reg b) {
    const __m512d x = _mm512_castps_pd(a);
    const __m512d y = _mm512_castps_pd(b);
    return _mm512_castpd_ps(kUpper ? _mm512_unpackhi_pd(x, y) : _mm512_unpacklo_pd(x, y));
  }
};

}  // namespace
