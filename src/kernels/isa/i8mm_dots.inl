// Products of bytes, for AArch64 Advanced SIMD with products of 2x8 by 8x2 bytes (FEAT_I8MM).
#pragma once

#include "kernels/gemm_i8.h"
#include "kernels/isa/neon_int.inl"

#define VERGE_DOTS_OF_PAIRS  // for gemm_i8.inl: rows and columns are multiplied by pairs

namespace {

struct Dots {
  static constexpr verge::kernels::GemmI8Form kForm = verge::kernels::GemmI8Form::kSignedBytes;
  static constexpr int kTileRows[3] = {12, 12, 8};
  static constexpr int kBlockRows = 24;
  static constexpr const char* kDwConvName = "dwconv_i8_nhwc_8__i8mm";
  static constexpr const char* kVecName = "vec_i8_4__i8mm";
  static constexpr const char* kNames[3] = {"gemm_i8_12x4__i8mm", "gemm_i8_12x8__i8mm", "gemm_i8_8x12__i8mm"};

  // 8 bytes of one row and 8 of the next.
  static I32::Reg LoadPair(const char* first, const char* second) {
    const auto half = [](const char* p) { return vld1_u8(reinterpret_cast<const uint8_t*>(p)); };
    return vreinterpretq_s32_u8(vcombine_u8(half(first), half(second)));
  }
  // Groups of 4 bytes of four columns, and the groups that follow them, as 8 bytes of two columns each.
  static I32::Reg LowerColumns(I32::Reg groups, I32::Reg next) { return vzip1q_s32(groups, next); }
  static I32::Reg UpperColumns(I32::Reg groups, I32::Reg next) { return vzip2q_s32(groups, next); }
  // sum[row][column] of two rows and two columns, plus the products of their 8 bytes.
  static I32::Reg Multiply(I32::Reg sum, I32::Reg rows, I32::Reg columns) {
    return vmmlaq_s32(sum, vreinterpretq_s8_s32(rows), vreinterpretq_s8_s32(columns));
  }
  // The first or second row of the sums of four columns.
  static I32::Reg FirstRow(I32::Reg lower, I32::Reg upper) {
    return vcombine_s32(vget_low_s32(lower), vget_low_s32(upper));
  }
  static I32::Reg SecondRow(I32::Reg lower, I32::Reg upper) {
    return vcombine_s32(vget_high_s32(lower), vget_high_s32(upper));
  }
};

}  // namespace
