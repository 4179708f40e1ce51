// Products of words, for AVX2.
#pragma once

#include "kernels/gemm_i8.h"
#include "kernels/isa/avx2_int.inl"

namespace {

struct Dots {
  static constexpr verge::kernels::GemmI8Form kForm = verge::kernels::GemmI8Form::kWords;
  static constexpr int kTileRows[3] = {12, 6, 3};
  static constexpr int kBlockRows = 12;
  static constexpr const char* kDwConvName = "dwconv_i8_nhwc_16__avx2";
  static constexpr const char* kVecName = "vec_i8_8__avx2";
  static constexpr const char* kNames[3] = {"gemm_i8_12x8__avx2", "gemm_i8_6x16__avx2", "gemm_i8_3x24__avx2"};
  static I32::Reg Dot(I32::Reg sum, I32::Reg a, I32::Reg b) { return I32::DotWords(sum, a, b); }
};

}  // namespace
