// A target as a list of parts, each aligned with the base or not: what becomes instructions. Internal to delta.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "delta/delta.h"
#include "delta/suffix_array.h"

namespace verge::delta {

// The next `bytes` of the target: like those of the base at `base_offset`, or new.
struct Part {
  uint64_t bytes = 0;
  bool is_new = true;
  uint64_t base_offset = 0;
  uint8_t width = 1;  // of the elements whose differences are worth taking
};

// Finds what of target[begin, end) the base has, however it moved, by exact matches that are then stretched over bytes
// that differ, as long as most agree.
void FindParts(std::string_view base, const SuffixArray& suffixes, std::string_view target, uint64_t begin,
               uint64_t end, std::vector<Part>& parts);

// The body of a delta: table of streams and streams.
Result<std::string> EncodeParts(std::string_view base, std::string_view target, const std::vector<Part>& parts);

}  // namespace verge::delta
