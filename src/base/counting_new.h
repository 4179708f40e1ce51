// For tests: a program that links counting_new.cc counts every allocation it makes through operator new.
#pragma once

#include <cstdint>

namespace verge {

uint64_t AllocationCount();

}  // namespace verge
