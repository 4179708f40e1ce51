// Products of bytes, for AArch64 Advanced SIMD with dot products (Armv8.2-DotProd).
#pragma once

#include "kernels/gemm_i8.h"
#include "kernels/isa/neon_int.inl"

namespace {

struct Dots {
  static constexpr verge::kernels::GemmI8Form kForm = verge::kernels::GemmI8Form::kSignedBytes;
  static constexpr int kTileRows[3] = {12, 12, 8};
  static constexpr int kBlockRows = 24;
  static constexpr const char* kDwConvName = "dwconv_i8_nhwc_8__neondot";
  static constexpr const char* kVecName = "vec_i8_4__neondot";
  static constexpr const char* kNames[3] = {"gemm_i8_12x4__neondot", "gemm_i8_12x8__neondot", "gemm_i8_8x12__neondot"};
  // sum + sum over the 4 bytes of a times b, both signed.
  static I32::Reg Dot(I32::Reg sum, I32::Reg a, I32::Reg b) {
    return vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
  }
};

}  // namespace
