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
  static constexpr const char* kVecName = "vec_f32_4__neon";
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
  // Rounds to the nearest whole number.
  static Reg Round(Reg a) { return vrndnq_f32(a); }
  // 2^a for whole a in [-126, 127].
  static Reg Pow2(Reg a) {
    const int32x4_t bits = vaddq_s32(vcvtq_s32_f32(a), vdupq_n_s32(127));
    return vreinterpretq_f32_s32(vshlq_n_s32(bits, 23));
  }
};

}  // namespace
