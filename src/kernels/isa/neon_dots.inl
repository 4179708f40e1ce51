// Products of words, for AArch64 Advanced SIMD.
#pragma once

#include "kernels/gemm_i8.h"
#include "kernels/isa/neon_int.inl"

namespace {

struct Dots {
  static constexpr verge::kernels::GemmI8Form kForm = verge::kernels::GemmI8Form::kWords;
  static constexpr int kTileRows[3] = {12, 8, 6};
  static constexpr int kBlockRows = 24;
  static constexpr const char* kDwConvName = "dwconv_i8_nhwc_8__neon";
  static constexpr const char* kVecName = "vec_i8_4__neon";
  static constexpr const char* kNames[3] = {"gemm_i8_12x4__neon", "gemm_i8_8x8__neon", "gemm_i8_6x12__neon"};
  static I32::Reg Dot(I32::Reg sum, I32::Reg a, I32::Reg b) { return I32::DotWords(sum, a, b); }
};

}  // namespace
