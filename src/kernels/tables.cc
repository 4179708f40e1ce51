#include "kernels/tables.h"

namespace verge::kernels {

bool IsaIsUsable(std::string_view isa, const CpuFeatures& cpu) {
  if (isa == "vnni") return cpu.avx512_vnni;
  if (isa == "avx512") return cpu.avx512;
  if (isa == "avxvnni") return cpu.avx_vnni;
  if (isa == "avx2") return cpu.avx2;
  if (isa == "i8mm") return cpu.neon_i8mm && cpu.neon_dotprod;
  if (isa == "neondot") return cpu.neon_dotprod;
  if (isa == "neon") return cpu.neon;
  return false;
}

}  // namespace verge::kernels
