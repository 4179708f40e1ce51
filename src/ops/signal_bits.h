// Bit lengths, as the fixed-point operators of audio front ends use them.
#pragma once

#include <bit>
#include <cstdint>

namespace verge::ops {

// How many bits the number needs: 0 for 0, 1 for 1, 32 for the largest.
inline int32_t BitLength(uint32_t x) { return 32 - std::countl_zero(x); }

}  // namespace verge::ops
