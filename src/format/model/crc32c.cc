#include "format/model/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace verge::format {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1EDC6F41 with its bits reversed
constexpr size_t kSlices = 8;
using Tables = std::array<std::array<uint32_t, 256>, kSlices>;

// Slicing by eight: table k holds the effect of a byte that lies k bytes before the end.
constexpr Tables MakeTables() {
  Tables t{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
    t[0][i] = crc;
  }
  for (size_t k = 1; k < kSlices; ++k) {
    for (size_t i = 0; i < 256; ++i) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
  }
  return t;
}
constexpr Tables kTables = MakeTables();

// All of these work on the inverted value.
using Update = uint32_t (*)(const std::byte* p, size_t left, uint32_t crc);

uint32_t UpdateByTables(const std::byte* p, size_t left, uint32_t crc) {
  for (; left >= kSlices; left -= kSlices, p += kSlices) {
    uint32_t low = 0, high = 0;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + 4, 4);
    low ^= crc;
    crc = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][high & 0xff] ^ kTables[2][(high >> 8) & 0xff] ^
          kTables[1][(high >> 16) & 0xff] ^ kTables[0][high >> 24];
  }
  for (; left > 0; --left, ++p) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint32_t>(*p)) & 0xff];
  return crc;
}

// The processor's own instruction, where it has one: five times as fast.
#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint32_t UpdateByInstruction(const std::byte* p, size_t left, uint32_t crc) {
  uint64_t wide = crc;
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<uint32_t>(wide);
  for (; left > 0; --left, ++p) crc = _mm_crc32_u8(crc, static_cast<uint8_t>(*p));
  return crc;
}

Update BestUpdate() { return __builtin_cpu_supports("sse4.2") ? UpdateByInstruction : UpdateByTables; }

#elif defined(__aarch64__) && defined(__linux__)

__attribute__((target("+crc"))) uint32_t UpdateByInstruction(const std::byte* p, size_t left, uint32_t crc) {
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, 8);
    crc = __crc32cd(crc, word);
  }
  for (; left > 0; --left, ++p) crc = __crc32cb(crc, static_cast<uint8_t>(*p));
  return crc;
}

Update BestUpdate() { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0 ? UpdateByInstruction : UpdateByTables; }

#else

Update BestUpdate() { return UpdateByTables; }

#endif

}  // namespace

uint32_t Crc32c(std::span<const std::byte> bytes, uint32_t crc) {
  static const Update kUpdate = BestUpdate();
  return ~kUpdate(bytes.data(), bytes.size(), ~crc);
}

}  // namespace verge::format
