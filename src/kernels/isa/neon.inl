// Vector type of the units compiled for AArch64 Advanced SIMD.
#pragma once

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

namespace {

struct F32 {
  using Reg = float32x4_t;
  static constexpr int kLanes = 4;
  // Rows of a register tile by its width in vectors (1, 2, 3), and rows of one block of work.
  static constexpr int kTileRows[3] = {8, 8, 8};
  static constexpr int kBlockRows = 8;
  static constexpr const char* kDwConvName = "dwconv_f32_nhwc_4x4__neon";
  static constexpr const char* kSparseName = "sparse_f32_16x4__neon";
  static constexpr const char* kNibbleName = "nibble_f32_4x8__neon";
  static constexpr const char* kVecName = "vec_f32_4__neon";
  static constexpr const char* kBoxesName = "boxes_f32_4__neon";
  static constexpr const char* kGemmNames[3] = {"gemm_f32_8x4__neon", "gemm_f32_8x8__neon", "gemm_f32_8x12__neon"};

  static Reg Zero() { return vdupq_n_f32(0.0F); }
  static Reg Set1(float v) { return vdupq_n_f32(v); }
  static Reg Load(const float* p) { return vld1q_f32(p); }
  static Reg LoadN(const float* p, size_t n) {
    float lanes[kLanes] = {};
    for (size_t i = 0; i < n; ++i) lanes[i] = p[i];
    return vld1q_f32(lanes);
  }
  static void Store(float* p, Reg v) { vst1q_f32(p, v); }
  static void StoreN(float* p, Reg v, size_t n) {
    float lanes[kLanes];
    vst1q_f32(lanes, v);
    for (size_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
  static Reg Add(Reg a, Reg b) { return vaddq_f32(a, b); }
  static Reg Sub(Reg a, Reg b) { return vsubq_f32(a, b); }
  static Reg Mul(Reg a, Reg b) { return vmulq_f32(a, b); }
  static Reg Div(Reg a, Reg b) { return vdivq_f32(a, b); }
  static Reg Fma(Reg a, Reg b, Reg c) { return vfmaq_f32(c, a, b); }
  // NaN where either is NaN.
  static Reg Min(Reg a, Reg b) { return vminq_f32(a, b); }
  static Reg Max(Reg a, Reg b) { return vmaxq_f32(a, b); }
  static Reg Sqrt(Reg a) { return vsqrtq_f32(a); }
  static Reg Abs(Reg a) { return vabsq_f32(a); }
  static Reg CopySign(Reg magnitude, Reg sign) { return vbslq_f32(vdupq_n_u32(0x80000000U), sign, magnitude); }
  // a < b ? x : y; y where either is NaN.
  static Reg SelectLess(Reg a, Reg b, Reg x, Reg y) { return vbslq_f32(vcltq_f32(a, b), x, y); }
  // Where a is NaN x, else y.
  static Reg SelectNan(Reg a, Reg x, Reg y) { return vbslq_f32(vceqq_f32(a, a), y, x); }
  static float Sum(Reg a) { return vaddvq_f32(a); }
  static float Largest(Reg a) { return vmaxvq_f32(a); }
  // Rounds to the nearest whole number.
  static Reg Round(Reg a) { return vrndnq_f32(a); }
  static Reg Truncate(Reg a) { return vrndq_f32(a); }
  // 1 with the sign of a where |a| is at least a half, else 0.
  static Reg UnitWhereHalf(Reg a) {
    const Reg unit = CopySign(Set1(1.0F), a);
    return vbslq_f32(vcageq_f32(a, Set1(0.5F)), unit, Zero());
  }
  static Reg ZeroForNan(Reg a) { return vbslq_f32(vceqq_f32(a, a), a, Zero()); }
  // 2^k of t = 1.5 * 2^23 + k, k whole in [-126, 127]: the last bits of t are k.
  static Reg Pow2(Reg t) {
    const uint32x4_t exponent = vshlq_n_u32(vreinterpretq_u32_f32(t), 23);
    return vreinterpretq_f32_u32(vaddq_u32(exponent, vreinterpretq_u32_f32(Set1(1))));
  }

  // kLanes bytes as numbers: the lower halves less 8, and the upper halves less 8.
  struct Nibbles {
    void Load(const uint8_t* p, Reg& low, Reg& high) const {
      uint32_t four;
      __builtin_memcpy(&four, p, sizeof four);
      const uint16x4_t words = vget_low_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four))));
      const int32x4_t bytes = vreinterpretq_s32_u32(vmovl_u16(words));
      const int32x4_t eight = vdupq_n_s32(8);
      low = vcvtq_f32_s32(vsubq_s32(vandq_s32(bytes, vdupq_n_s32(15)), eight));
      high = vcvtq_f32_s32(vsubq_s32(vshrq_n_s32(bytes, 4), eight));
    }
  };

  // kPick values in registers, of which each lane picks one by its index, a byte.
  static constexpr int kPick = 16;
  struct Picked {
    uint8x16x4_t bytes;
  };
  static Picked LoadPicked(const float* p) {
    const uint8_t* from = reinterpret_cast<const uint8_t*>(p);
    return {{{vld1q_u8(from), vld1q_u8(from + 16), vld1q_u8(from + 32), vld1q_u8(from + 48)}}};
  }
  static Reg Pick(const Picked& x, const uint8_t* index) {
    const uint32_t of_lane[kLanes] = {index[0], index[1], index[2], index[3]};
    // Bytes 4 i to 4 i + 3 of the table are value i.
    const uint32x4_t bytes = vmlaq_n_u32(vdupq_n_u32(0x03020100U), vld1q_u32(of_lane), 0x04040404U);
    return vreinterpretq_f32_u8(vqtbl4q_u8(x.bytes, vreinterpretq_u8_u32(bytes)));
  }

  // r[i][j] <-> r[j][i].
  static void Transpose(Reg* r) {
    const float32x4x2_t low = vtrnq_f32(r[0], r[1]);
    const float32x4x2_t high = vtrnq_f32(r[2], r[3]);
    r[0] = vcombine_f32(vget_low_f32(low.val[0]), vget_low_f32(high.val[0]));
    r[1] = vcombine_f32(vget_low_f32(low.val[1]), vget_low_f32(high.val[1]));
    r[2] = vcombine_f32(vget_high_f32(low.val[0]), vget_high_f32(high.val[0]));
    r[3] = vcombine_f32(vget_high_f32(low.val[1]), vget_high_f32(high.val[1]));
  }
};

}  // namespace
