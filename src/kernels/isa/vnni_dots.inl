// Products of bytes, for AVX-512 with VNNI.
#pragma once

#include "kernels/gemm_i8.h"
#include "kernels/isa/avx512_int.inl"

namespace {

struct Dots {
  static constexpr verge::kernels::GemmI8Form kForm = verge::kernels::GemmI8Form::kBytes;
  static constexpr int kTileRows[3] = {14, 14, 7};
  static constexpr int kBlockRows = 14;
  static constexpr const char* kDwConvName = "dwconv_i8_nhwc_32__vnni";
  static constexpr const char* kVecName = "vec_i8_16__vnni";
  static constexpr const char* kNames[3] = {"gemm_i8_14x16__vnni", "gemm_i8_14x32__vnni", "gemm_i8_7x48__vnni"};
  // sum + sum over the 4 bytes of a, unsigned, times b, signed.
  static I32::Reg Dot(I32::Reg sum, I32::Reg a, I32::Reg b) { return _mm512_dpbusd_epi32(sum, a, b); }
};

}  // namespace
