// Vector type of the units compiled for AVX2 + FMA3.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace {

struct F32 {
  using Reg = __m256;
  static constexpr int kLanes = 8;
  // Rows of a register tile by its width in vectors (1, 2, 3), and rows of one block of work.
  static constexpr int kTileRows[3] = {12, 6, 4};
  static constexpr int kBlockRows = 12;
  static constexpr const char* kDwConvName = "dwconv_f32_nhwc_4x8__avx2";
  static constexpr const char* kSparseName = "sparse_f32_32x8__avx2";
  static constexpr const char* kNibbleName = "nibble_f32_4x16__avx2";
  static constexpr const char* kVecName = "vec_f32_8__avx2";
  static constexpr const char* kBoxesName = "boxes_f32_8__avx2";
  static constexpr const char* kGemmNames[3] = {"gemm_f32_12x8__avx2", "gemm_f32_6x16__avx2", "gemm_f32_4x24__avx2"};

  static __m256i Mask(size_t n) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
  }
  static Reg Zero() { return _mm256_setzero_ps(); }
  static Reg Set1(float v) { return _mm256_set1_ps(v); }
  static Reg Load(const float* p) { return _mm256_loadu_ps(p); }
  static Reg LoadN(const float* p, size_t n) { return _mm256_maskload_ps(p, Mask(n)); }
  static void Store(float* p, Reg v) { _mm256_storeu_ps(p, v); }
  static void StoreN(float* p, Reg v, size_t n) { _mm256_maskstore_ps(p, Mask(n), v); }
  static Reg Add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
  static Reg Sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
  static Reg Mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
  static Reg Div(Reg a, Reg b) { return _mm256_div_ps(a, b); }
  static Reg Fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
  // The second operand where either is NaN, so that a NaN passed there stays.
  static Reg Min(Reg a, Reg b) { return _mm256_min_ps(a, b); }
  static Reg Max(Reg a, Reg b) { return _mm256_max_ps(a, b); }
  static Reg Sqrt(Reg a) { return _mm256_sqrt_ps(a); }
  static Reg Abs(Reg a) { return _mm256_andnot_ps(Set1(-0.0F), a); }
  static Reg CopySign(Reg magnitude, Reg sign) {
    return _mm256_or_ps(Abs(magnitude), _mm256_and_ps(Set1(-0.0F), sign));
  }
  // a < b ? x : y; y where either is NaN.
  static Reg SelectLess(Reg a, Reg b, Reg x, Reg y) { return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
  // Where a is NaN x, else y.
  static Reg SelectNan(Reg a, Reg x, Reg y) { return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, a, _CMP_UNORD_Q)); }
  static float Sum(Reg a) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
  }
  static float Largest(Reg a) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
  }
  // Rounds to the nearest whole number.
  static Reg Round(Reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Reg Truncate(Reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
  // 1 with the sign of a where |a| is at least a half, else 0.
  static Reg UnitWhereHalf(Reg a) {
    const Reg sign = Set1(-0.0F);
    const Reg is_half = _mm256_cmp_ps(_mm256_andnot_ps(sign, a), Set1(0.5F), _CMP_GE_OQ);
    return _mm256_and_ps(is_half, _mm256_or_ps(_mm256_and_ps(sign, a), Set1(1)));
  }
  static Reg ZeroForNan(Reg a) { return _mm256_and_ps(_mm256_cmp_ps(a, a, _CMP_ORD_Q), a); }
  // 2^k of t = 1.5 * 2^23 + k, k whole in [-126, 127]: the last bits of t are k.
  static Reg Pow2(Reg t) {
    const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(t), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(exponent, _mm256_castps_si256(Set1(1))));
  }

  // kLanes bytes as numbers: the lower halves less 8, and the upper halves less 8.
  struct Nibbles {
    void Load(const uint8_t* p, Reg& low, Reg& high) const {
      const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
      const __m256i eight = _mm256_set1_epi32(8);
      const __m256i lower = _mm256_and_si256(bytes, _mm256_set1_epi32(15));
      low = _mm256_cvtepi32_ps(_mm256_sub_epi32(lower, eight));
      high = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(bytes, 4), eight));
    }
  };

  // kPick values in registers, of which each lane picks one by its index, a byte.
  static constexpr int kPick = 16;
  struct Picked {
    Reg a, b;
  };
  static Picked LoadPicked(const float* p) { return {Load(p), Load(p + kLanes)}; }
  static Reg Pick(const Picked& x, const uint8_t* index) {
    const __m256i i = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(index)));
    const Reg is_upper = _mm256_castsi256_ps(_mm256_slli_epi32(i, 28));  // bit 3 to the sign
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(x.a, i), _mm256_permutevar8x32_ps(x.b, i), is_upper);
  }

  // r[i][j] <-> r[j][i].
  static void Transpose(Reg* r) {
    Reg t[kLanes];
#pragma GCC unroll 4
    for (int i = 0; i < kLanes; i += 2) {
      t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    // u[i + j] has in its 128-bit part l column 4 l + j of rows i to i + 3.
    Reg u[kLanes];
#pragma GCC unroll 2
    for (int i = 0; i < kLanes; i += 4) {
      u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
      u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
      u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      r[j] = _mm256_permute2f128_ps(u[j], u[4 + j], 0x20);
      r[4 + j] = _mm256_permute2f128_ps(u[j], u[4 + j], 0x31);
    }
  }
};

}  // namespace
