// Random bytes from the system and comparison that takes the same time whatever differs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace verge::sys {

// From the kernel's generator; fit for keys.
std::string RandomBytes(size_t count);
// Uniform in [0, bound); bound >= 1. For jitter and the like.
unsigned RandomBelow(unsigned bound);
// Equal lengths and equal bytes; the time depends on the lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace verge::sys
