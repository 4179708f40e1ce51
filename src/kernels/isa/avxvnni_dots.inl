// Products of bytes, for AVX2 with AVX-VNNI.
#pragma once

#include "kernels/gemm_i8.h"
#include "kernels/isa/avx2_int.inl"

namespace {

struct Dots {
  static constexpr verge::kernels::GemmI8Form kForm = verge::kernels::GemmI8Form::kBytes;
  static constexpr int kTileRows[3] = {12, 6, 3};
  static constexpr int kBlockRows = 12;
  static constexpr const char* kDwConvName = "dwconv_i8_nhwc_16__avxvnni";
  static constexpr const char* kVecName = "vec_i8_8__avxvnni";
  static constexpr const char* kNames[3] = {"gemm_i8_12x8__avxvnni", "gemm_i8_6x16__avxvnni", "gemm_i8_3x24__avxvnni"};
  // sum + sum over the 4 bytes of a, unsigned, times b, signed.
  static I32::Reg Dot(I32::Reg sum, I32::Reg a, I32::Reg b) { return _mm256_dpbusd_avx_epi32(sum, a, b); }
};

}  // namespace
