#include "kernels/cpu.h"

#include <cstdint>
#include <cstdlib>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__linux__) && (defined(__aarch64__) || defined(__arm__))
#include <sys/auxv.h>
#endif

namespace verge::kernels {
namespace {

#if defined(__x86_64__) || defined(__i386__)

struct Regs {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Regs Cpuid(uint32_t leaf, uint32_t subleaf) {
  Regs r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

bool Bit(uint32_t word, int bit) { return ((word >> bit) & 1U) != 0; }

uint64_t Xcr0() {
  uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

// Deterministic cache parameters: leaf 4 (Intel) or 0x8000001D (AMD), the same layout.
void DetectCaches(CpuFeatures& features) {
  constexpr uint32_t kAmdLeaf = 0x8000001D;
  uint32_t leaf = 4;
  if ((Cpuid(leaf, 0).eax & 31U) == 0) leaf = kAmdLeaf;
  for (uint32_t i = 0; i < 16; ++i) {
    const Regs r = Cpuid(leaf, i);
    const uint32_t type = r.eax & 31U;  // 0 none, 1 data, 2 instructions, 3 unified
    if (type == 0) return;
    const uint32_t level = (r.eax >> 5) & 7U;
    const size_t bytes = static_cast<size_t>(((r.ebx >> 22) & 0x3ffU) + 1) * (((r.ebx >> 12) & 0x3ffU) + 1) *
                         ((r.ebx & 0xfffU) + 1) * (static_cast<size_t>(r.ecx) + 1);
    if (level == 1 && type == 1) features.l1d_bytes = bytes;
    if (level == 2 && type != 2) features.l2_bytes = bytes;
  }
}

void Detect(CpuFeatures& features) {
  const Regs one = Cpuid(1, 0);
  const bool is_xsave_on = Bit(one.ecx, 27);
  const uint64_t xcr0 = is_xsave_on ? Xcr0() : 0;
  const bool saves_ymm = (xcr0 & 0x6U) == 0x6U;
  const bool saves_zmm = (xcr0 & 0xe6U) == 0xe6U;
  const Regs seven = Cpuid(7, 0);
  const bool has_fma_f16c_avx = Bit(one.ecx, 12) && Bit(one.ecx, 29) && Bit(one.ecx, 28);
  features.avx2 = saves_ymm && has_fma_f16c_avx && Bit(seven.ebx, 5);
  features.avx512 = features.avx2 && saves_zmm && Bit(seven.ebx, 16) && Bit(seven.ebx, 17) && Bit(seven.ebx, 28) &&
                    Bit(seven.ebx, 30) && Bit(seven.ebx, 31);  // F, DQ, CD, BW, VL
  features.avx512_vnni = features.avx512 && Bit(seven.ecx, 11);
  features.avx_vnni = features.avx2 && Bit(Cpuid(7, 1).eax, 4);
  DetectCaches(features);
}

#elif defined(__linux__) && defined(__aarch64__)

void Detect(CpuFeatures& features) {
  // Bit numbers of the kernel's user interface (arch/arm64 hwcap.h).
  const unsigned long caps = getauxval(AT_HWCAP);
  const unsigned long caps2 = getauxval(AT_HWCAP2);
  features.neon = ((caps >> 1) & 1U) != 0;           // ASIMD
  features.neon_fp16 = ((caps >> 10) & 1U) != 0;     // ASIMDHP
  features.neon_dotprod = ((caps >> 20) & 1U) != 0;  // ASIMDDP
  features.neon_i8mm = ((caps2 >> 13) & 1U) != 0;    // I8MM
}

#elif defined(__linux__) && defined(__arm__)

void Detect(CpuFeatures& features) { features.neon = ((getauxval(AT_HWCAP) >> 12) & 1U) != 0; }

#else

void Detect(CpuFeatures&) {}

#endif

}  // namespace

CpuFeatures DetectCpu() {
  CpuFeatures features;
  Detect(features);
  return features;
}

CpuFeatures LimitCpu(CpuFeatures features, std::string_view isa) {
  const bool is_scalar = isa == "scalar";
  if (is_scalar || isa == "neon") features.avx2 = false;
  if (is_scalar || isa == "neon" || isa == "avx2" || isa == "avxvnni") features.avx512 = false;
  if (is_scalar || isa == "neon" || isa == "avx2" || isa == "avxvnni" || isa == "avx512") features.avx512_vnni = false;
  if (is_scalar || isa == "neon" || isa == "avx2") features.avx_vnni = false;
  if (is_scalar) features.neon = features.neon_fp16 = false;
  if (is_scalar || isa == "neon") features.neon_dotprod = false;
  if (is_scalar || isa == "neon" || isa == "neondot") features.neon_i8mm = false;
  return features;
}

const CpuFeatures& Cpu() {
  static const CpuFeatures features = [] {
    const char* isa = std::getenv("VERGE_ISA");
    const char* winograd = std::getenv("VERGE_WINOGRAD");
    CpuFeatures limited = LimitCpu(DetectCpu(), isa != nullptr ? isa : "");
    limited.winograd = winograd == nullptr || std::string_view(winograd) != "0";
    return limited;
  }();
  return features;
}

}  // namespace verge::kernels
