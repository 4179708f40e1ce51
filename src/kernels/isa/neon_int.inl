// Vectors of 32-bit integers of the units compiled for AArch64 Advanced SIMD.
#pragma once

#include "kernels/isa/neon.inl"

namespace {

struct I32 {
  using Reg = int32x4_t;
  static constexpr int kLanes = 4;

  static Reg Zero() { return vdupq_n_s32(0); }
  static Reg Set1(int32_t v) { return vdupq_n_s32(v); }
  static Reg Load(const int32_t* p) { return vld1q_s32(p); }
  static void Store(int32_t* p, Reg v) { vst1q_s32(p, v); }
  static Reg Add(Reg a, Reg b) { return vaddq_s32(a, b); }
  static Reg And(Reg a, Reg b) { return vandq_s32(a, b); }
  static Reg Xor(Reg a, Reg b) { return veorq_s32(a, b); }
  static Reg Mul(Reg a, Reg b) { return vmulq_s32(a, b); }
  static Reg Min(Reg a, Reg b) { return vminq_s32(a, b); }
  static Reg Max(Reg a, Reg b) { return vmaxq_s32(a, b); }
  static Reg ShiftLeft(Reg a, Reg by) { return vshlq_s32(a, by); }
  static Reg ShiftRight(Reg a, Reg by) { return vshlq_s32(a, vnegq_s32(by)); }
  // floor((a b + 2^30) / 2^31); b is no smallest integer.
  static Reg High(Reg a, Reg b) { return vqrdmulhq_s32(a, b); }
  static constexpr bool kShifts64 = false;
  static F32::Reg ToFloat(Reg a) { return vcvtq_f32_s32(a); }
  static Reg FromFloat(F32::Reg a) { return vcvtnq_s32_f32(a); }
  // A byte a lane, and n of them with zeros behind.
  template <bool kIsSigned>
  static Reg LoadBytes(const void* p) {
    uint32_t four;
    __builtin_memcpy(&four, p, sizeof four);
    const uint8x8_t bytes = vreinterpret_u8_u32(vdup_n_u32(four));
    if constexpr (kIsSigned) return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(bytes))));
    return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(bytes))));
  }
  template <bool kIsSigned>
  static Reg LoadBytesN(const void* p, size_t n) {
    char bytes[4] = {};
    __builtin_memcpy(bytes, p, n);
    return LoadBytes<kIsSigned>(bytes);
  }
  // The lowest byte of each lane.
  static uint32_t LowBytes(Reg v) {
    const uint16x4_t words = vmovn_u32(vreinterpretq_u32_s32(v));
    return vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
  }
  static void StoreBytes(void* p, Reg v) {
    const uint32_t bytes = LowBytes(v);
    __builtin_memcpy(p, &bytes, sizeof bytes);
  }
  static void StoreBytesN(void* p, Reg v, size_t n) {
    const uint32_t bytes = LowBytes(v);
    __builtin_memcpy(p, &bytes, n);
  }
  // 8 bytes as words, and n of them with zeros behind.
  template <bool kIsSigned>
  static Reg LoadWords(const void* p) {
    const uint8x8_t bytes = vld1_u8(static_cast<const uint8_t*>(p));
    if constexpr (kIsSigned) return vreinterpretq_s32_s16(vmovl_s8(vreinterpret_s8_u8(bytes)));
    return vreinterpretq_s32_u16(vmovl_u8(bytes));
  }
  template <bool kIsSigned>
  static Reg LoadWordsN(const void* p, size_t n) {
    char bytes[8] = {};
    __builtin_memcpy(bytes, p, n);
    return LoadWords<kIsSigned>(bytes);
  }
  // Words of a and b in turns, of the lower and of the upper half.
  static Reg LowPairs(Reg a, Reg b) {
    return vreinterpretq_s32_s16(vzip1q_s16(vreinterpretq_s16_s32(a), vreinterpretq_s16_s32(b)));
  }
  static Reg HighPairs(Reg a, Reg b) {
    return vreinterpretq_s32_s16(vzip2q_s16(vreinterpretq_s16_s32(a), vreinterpretq_s16_s32(b)));
  }
  // What became of low and high pairs, as bytes.
  static uint8x8_t Joined(Reg low, Reg high) {
    return vmovn_u16(vcombine_u16(vmovn_u32(vreinterpretq_u32_s32(low)), vmovn_u32(vreinterpretq_u32_s32(high))));
  }
  static void StoreJoined(void* p, Reg low, Reg high) { vst1_u8(static_cast<uint8_t*>(p), Joined(low, high)); }
  static void StoreJoinedN(void* p, Reg low, Reg high, size_t n) {
    uint8_t bytes[8];
    StoreJoined(bytes, low, high);
    __builtin_memcpy(p, bytes, n);
  }
  static void StoreInOrder(float* p, F32::Reg low, F32::Reg high) {
    vst1q_f32(p, low);
    vst1q_f32(p + kLanes, high);
  }
  // 4 bytes, or a pair of words, in every lane.
  static Reg Broadcast(const void* p) {
    int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return vdupq_n_s32(group);
  }
  // sum + a[0] b[0] + a[1] b[1] of the words of each lane.
  static Reg DotWords(Reg sum, Reg a, Reg b) {
    const int16x8_t x = vreinterpretq_s16_s32(a), y = vreinterpretq_s16_s32(b);
    return vaddq_s32(sum, vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y)));
  }
};

}  // namespace
