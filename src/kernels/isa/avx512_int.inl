// Vectors of 32-bit integers of the units compiled for AVX-512 F+BW+DQ+VL.
#pragma once

#include "kernels/isa/avx512.inl"

namespace {

struct I32 {
  using Reg = __m512i;
  static constexpr int kLanes = 16;

  static Reg Zero() { return _mm512_setzero_si512(); }
  static Reg Set1(int32_t v) { return _mm512_set1_epi32(v); }
  static Reg Load(const int32_t* p) { return _mm512_loadu_si512(p); }
  static void Store(int32_t* p, Reg v) { _mm512_storeu_si512(p, v); }
  static Reg Add(Reg a, Reg b) { return _mm512_add_epi32(a, b); }
  static Reg And(Reg a, Reg b) { return _mm512_and_si512(a, b); }
  static Reg Xor(Reg a, Reg b) { return _mm512_xor_si512(a, b); }
  static Reg Mul(Reg a, Reg b) { return _mm512_mullo_epi32(a, b); }
  static Reg Min(Reg a, Reg b) { return _mm512_min_epi32(a, b); }
  static Reg Max(Reg a, Reg b) { return _mm512_max_epi32(a, b); }
  static Reg ShiftLeft(Reg a, Reg by) { return _mm512_sllv_epi32(a, by); }
  static Reg ShiftRight(Reg a, Reg by) { return _mm512_srav_epi32(a, by); }
  // floor((a b + 2^30) / 2^31)
  static Reg High(Reg a, Reg b) {
    const Reg half = _mm512_set1_epi64(int64_t{1} << 30);
    const Reg even = _mm512_add_epi64(_mm512_mul_epi32(a, b), half);
    const Reg odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32)), half);
    return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
  }
  // Shifts of 64 bits by as many as each says, signed; for Rescaler.
  static constexpr bool kShifts64 = true;
  static Reg MulEven(Reg a, Reg b) { return _mm512_mul_epi32(a, b); }
  static Reg OddToEven(Reg a) { return _mm512_srli_epi64(a, 32); }
  static Reg EvenAlone(Reg a) { return _mm512_and_si512(a, _mm512_set1_epi64(0xffffffff)); }
  static Reg Set64(int64_t v) { return _mm512_set1_epi64(v); }
  static Reg Add64(Reg a, Reg b) { return _mm512_add_epi64(a, b); }
  static Reg ShiftLeft64(Reg a, Reg by) { return _mm512_sllv_epi64(a, by); }
  static Reg ShiftRight64(Reg a, Reg by) { return _mm512_srav_epi64(a, by); }
  // The lower halves of both in turns.
  static Reg Zip(Reg even, Reg odd) { return _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32)); }
  static F32::Reg ToFloat(Reg a) { return _mm512_cvtepi32_ps(a); }
  static Reg FromFloat(F32::Reg a) { return _mm512_cvtps_epi32(a); }
  // A byte a lane, and n of them with zeros behind.
  template <bool kIsSigned>
  static Reg FromBytes(__m128i bytes) {
    return kIsSigned ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
  }
  template <bool kIsSigned>
  static Reg LoadBytes(const void* p) {
    return FromBytes<kIsSigned>(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  }
  template <bool kIsSigned>
  static Reg LoadBytesN(const void* p, size_t n) {
    return FromBytes<kIsSigned>(_mm_maskz_loadu_epi8(F32::Mask(n), p));
  }
  // The lowest byte of each lane.
  static void StoreBytes(void* p, Reg v) { _mm_storeu_si128(static_cast<__m128i*>(p), _mm512_cvtepi32_epi8(v)); }
  // Narrowed in a register first: storing with a mask while narrowing is slow on some CPUs.
  static void StoreBytesN(void* p, Reg v, size_t n) { _mm_mask_storeu_epi8(p, F32::Mask(n), _mm512_cvtepi32_epi8(v)); }
  // 32 bytes as words, and n of them with zeros behind.
  template <bool kIsSigned>
  static Reg Words(__m256i bytes) {
    return kIsSigned ? _mm512_cvtepi8_epi16(bytes) : _mm512_cvtepu8_epi16(bytes);
  }
  template <bool kIsSigned>
  static Reg LoadWords(const void* p) {
    return Words<kIsSigned>(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
  }
  template <bool kIsSigned>
  static Reg LoadWordsN(const void* p, size_t n) {
    return Words<kIsSigned>(_mm256_maskz_loadu_epi8(static_cast<__mmask32>((uint64_t{1} << n) - 1), p));
  }
  // Words of a and b in turns, of the lower and of the upper half of each part of 128 bits.
  static Reg LowPairs(Reg a, Reg b) { return _mm512_unpacklo_epi16(a, b); }
  static Reg HighPairs(Reg a, Reg b) { return _mm512_unpackhi_epi16(a, b); }
  // What became of low and high pairs, back in order, as bytes.
  static __m256i Joined(Reg low, Reg high) { return _mm512_cvtepi16_epi8(_mm512_packs_epi32(low, high)); }
  static void StoreJoined(void* p, Reg low, Reg high) {
    _mm256_storeu_si256(static_cast<__m256i*>(p), Joined(low, high));
  }
  static void StoreJoinedN(void* p, Reg low, Reg high, size_t n) {
    _mm256_mask_storeu_epi8(p, static_cast<__mmask32>((uint64_t{1} << n) - 1), Joined(low, high));
  }
  static void StoreInOrder(float* p, F32::Reg low, F32::Reg high) {
    const Reg a = _mm512_castps_si512(low), b = _mm512_castps_si512(high);
    const Reg first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const Reg second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
    _mm512_storeu_si512(p, _mm512_permutex2var_epi32(a, first, b));
    _mm512_storeu_si512(p + kLanes, _mm512_permutex2var_epi32(a, second, b));
  }
  // 4 bytes, or a pair of words, in every lane.
  static Reg Broadcast(const void* p) {
    int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return _mm512_set1_epi32(group);
  }
  // sum + a[0] b[0] + a[1] b[1] of the words of each lane.
  static Reg DotWords(Reg sum, Reg a, Reg b) { return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b)); }
};

}  // namespace
