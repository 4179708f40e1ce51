// The CPU features that kernels are chosen by. kernels/cpu.h detects them; VERGE_ISA and VERGE_WINOGRAD can only take
// some away.
#pragma once

#include <cstddef>

namespace verge {

struct CpuFeatures {
  bool avx2 = false;    // with FMA3 and F16C
  bool avx512 = false;  // F, BW, DQ, VL, CD
  bool avx512_vnni = false;
  bool avx_vnni = false;
  bool neon = false;
  bool neon_dotprod = false;
  bool neon_i8mm = false;
  bool neon_fp16 = false;
  bool winograd = true;  // no feature but a wish: 3x3 convolutions may be summed by Winograd's method
  size_t l1d_bytes = 32UL * 1024;
  size_t l2_bytes = 512UL * 1024;
};

}  // namespace verge
