// The tables of fast kernels, one per family of kernels.def and instruction set of isa.def.
//
//   const GemmF32Table* t = AllGemmF32()[i]     every table that this build has, best first
//   IsaIsUsable(t->isa, cpu)                    whether `cpu` may run it
//   BestGemmF32(cpu)                            the first one that it may; null when there is none
//
// Threads   constant data.
#pragma once

#include <span>
#include <string_view>

#include "base/cpu_features.h"
#include "kernels/boxes_f32.h"
#include "kernels/dwconv_f32.h"
#include "kernels/dwconv_i8.h"
#include "kernels/gemm_f32.h"
#include "kernels/gemm_i8.h"
#include "kernels/isas.h"
#include "kernels/nibble_f32.h"
#include "kernels/sparse_f32.h"
#include "kernels/vec_f32.h"
#include "kernels/vec_i8.h"
#include "kernels/winograd_f32.h"

namespace verge::kernels {

#define VERGE_KERNEL_TABLE(isa, stem, Type) extern const Type##Table stem##__##isa;
#define VERGE_KERNEL_FAMILY(stem, Type)              \
  VERGE_FOR_EACH_ISA(VERGE_KERNEL_TABLE, stem, Type) \
  std::span<const Type##Table* const> All##Type();   \
  const Type##Table* Best##Type(const CpuFeatures& cpu);
#define VERGE_INT_FAMILY(stem, Type)                     \
  VERGE_FOR_EACH_INT_ISA(VERGE_KERNEL_TABLE, stem, Type) \
  std::span<const Type##Table* const> All##Type();       \
  const Type##Table* Best##Type(const CpuFeatures& cpu);
#include "kernels/kernels.def"
#undef VERGE_INT_FAMILY
#undef VERGE_KERNEL_FAMILY
#undef VERGE_KERNEL_TABLE

// False for a name that isa.def does not have.
bool IsaIsUsable(std::string_view isa, const CpuFeatures& cpu);

}  // namespace verge::kernels
