// Which CPU features this process may use, found out once.
//
// x86: CPUID leaves 1, 7 and 4, and XGETBV for what the operating system saves at a context switch (AVX needs XCR0 bits
// 1-2, AVX-512 also bits 5-7; Intel SDM volume 1, chapters 13 and 14). Linux on ARM: getauxval(AT_HWCAP, AT_HWCAP2).
//
// VERGE_ISA=scalar|avx2|avxvnni|avx512|vnni|neon in the environment sets an upper limit: features above it are taken
// away; it can never add one that the CPU lacks. Any other value is ignored.
#pragma once

#include <string_view>

#include "base/cpu_features.h"

namespace verge::kernels {

// What the CPU and the operating system offer, limited by VERGE_ISA. Detected at the first call; thread-safe.
const CpuFeatures& Cpu();

// Without VERGE_ISA and without remembering.
CpuFeatures DetectCpu();

// Takes away what lies above `isa`. An unknown name takes nothing away.
CpuFeatures LimitCpu(CpuFeatures features, std::string_view isa);

}  // namespace verge::kernels
