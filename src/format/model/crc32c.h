// CRC-32C (Castagnoli): polynomial 0x1EDC6F41 reflected, start and final value 0xffffffff, as in RFC 3720 (iSCSI).
// Finds accidents; against forgery a package is signed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace verge::format {

// Continues `crc`, the result over the bytes before (0 at the start).
uint32_t Crc32c(std::span<const std::byte> bytes, uint32_t crc = 0);

}  // namespace verge::format
