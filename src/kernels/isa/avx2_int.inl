// Vectors of 32-bit integers of the units compiled for AVX2 + FMA3.
#pragma once

#include "kernels/isa/avx2.inl"

namespace {

struct I32 {
  using Reg = __m256i;
  static constexpr int kLanes = 8;

  static Reg Zero() { return _mm256_setzero_si256(); }
  static Reg Set1(int32_t v) { return _mm256_set1_epi32(v); }
  static Reg Load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const Reg*>(p)); }
  static void Store(int32_t* p, Reg v) { _mm256_storeu_si256(reinterpret_cast<Reg*>(p), v); }
  static Reg Add(Reg a, Reg b) { return _mm256_add_epi32(a, b); }
  static Reg And(Reg a, Reg b) { return _mm256_and_si256(a, b); }
  static Reg Xor(Reg a, Reg b) { return _mm256_xor_si256(a, b); }
  static Reg Mul(Reg a, Reg b) { return _mm256_mullo_epi32(a, b); }
  static Reg Min(Reg a, Reg b) { return _mm256_min_epi32(a, b); }
  static Reg Max(Reg a, Reg b) { return _mm256_max_epi32(a, b); }
  static Reg ShiftLeft(Reg a, Reg by) { return _mm256_sllv_epi32(a, by); }
  static Reg ShiftRight(Reg a, Reg by) { return _mm256_srav_epi32(a, by); }
  // floor((a b + 2^30) / 2^31)
  static Reg High(Reg a, Reg b) {
    const Reg half = _mm256_set1_epi64x(int64_t{1} << 30);
    const Reg even = _mm256_add_epi64(_mm256_mul_epi32(a, b), half);
    const Reg odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), half);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
  }
  static constexpr bool kShifts64 = false;
  static F32::Reg ToFloat(Reg a) { return _mm256_cvtepi32_ps(a); }
  static Reg FromFloat(F32::Reg a) { return _mm256_cvtps_epi32(a); }
  // A byte a lane, and n of them with zeros behind.
  template <bool kIsSigned>
  static Reg LoadBytes(const void* p) {
    const __m128i bytes = _mm_loadl_epi64(static_cast<const __m128i*>(p));
    return kIsSigned ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
  }
  template <bool kIsSigned>
  static Reg LoadBytesN(const void* p, size_t n) {
    alignas(16) char bytes[16] = {};
    __builtin_memcpy(bytes, p, n);
    return LoadBytes<kIsSigned>(bytes);
  }
  // The lowest byte of each lane.
  static uint64_t LowBytes(Reg v) {
    const Reg pick = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1, -1,
                                      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const Reg picked = _mm256_shuffle_epi8(v, pick);
    const __m128i both = _mm_unpacklo_epi32(_mm256_castsi256_si128(picked), _mm256_extracti128_si256(picked, 1));
    return static_cast<uint64_t>(_mm_cvtsi128_si64(both));
  }
  static void StoreBytes(void* p, Reg v) {
    const uint64_t bytes = LowBytes(v);
    __builtin_memcpy(p, &bytes, sizeof bytes);
  }
  static void StoreBytesN(void* p, Reg v, size_t n) {
    const uint64_t bytes = LowBytes(v);
    __builtin_memcpy(p, &bytes, n);
  }
  // 16 bytes as words, and n of them with zeros behind.
  template <bool kIsSigned>
  static Reg Words(__m128i bytes) {
    return kIsSigned ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
  }
  template <bool kIsSigned>
  static Reg LoadWords(const void* p) {
    return Words<kIsSigned>(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  }
  template <bool kIsSigned>
  static Reg LoadWordsN(const void* p, size_t n) {
    alignas(16) char bytes[16] = {};
    __builtin_memcpy(bytes, p, n);
    return LoadWords<kIsSigned>(bytes);
  }
  // Words of a and b in turns, of the lower and of the upper half of each part of 128 bits.
  static Reg LowPairs(Reg a, Reg b) { return _mm256_unpacklo_epi16(a, b); }
  static Reg HighPairs(Reg a, Reg b) { return _mm256_unpackhi_epi16(a, b); }
  // What became of low and high pairs, back in order, as bytes.
  static __m128i Joined(Reg low, Reg high) {
    const Reg words = _mm256_and_si256(_mm256_packs_epi32(low, high), _mm256_set1_epi16(255));
    return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  }
  static void StoreJoined(void* p, Reg low, Reg high) { _mm_storeu_si128(static_cast<__m128i*>(p), Joined(low, high)); }
  static void StoreJoinedN(void* p, Reg low, Reg high, size_t n) {
    alignas(16) char bytes[16];
    StoreJoined(bytes, low, high);
    __builtin_memcpy(p, bytes, n);
  }
  static void StoreInOrder(float* p, F32::Reg low, F32::Reg high) {
    _mm256_storeu_ps(p, _mm256_permute2f128_ps(low, high, 0x20));
    _mm256_storeu_ps(p + kLanes, _mm256_permute2f128_ps(low, high, 0x31));
  }
  // 4 bytes, or a pair of words, in every lane.
  static Reg Broadcast(const void* p) {
    int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return _mm256_set1_epi32(group);
  }
  // sum + a[0] b[0] + a[1] b[1] of the words of each lane.
  static Reg DotWords(Reg sum, Reg a, Reg b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
};

}  // namespace
