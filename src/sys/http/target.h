// Reads the parts of a request that foreign bytes can bend: the request target and the Range header.
//
// Errors    kInvalidArgument with what was wrong; nothing here allocates more than a small multiple of its input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace verge::sys::http {

struct Target {
  std::string path;  // decoded; starts with '/'; no control characters; no "." or ".." segment
  std::vector<std::pair<std::string, std::string>> query;
};

// Origin form only ("/path?a=b"). At most 64 query parameters.
Result<Target> ParseTarget(std::string_view target);

// What a Range header asks of a thing of `size` bytes (RFC 9110, 14.1.2).
struct ByteRange {
  enum class Kind : uint8_t {
    kWhole,          // no range, a unit we do not know, several ranges, or nonsense: send everything
    kPart,           // [first, last], both inside
    kUnsatisfiable,  // 416
  };
  Kind kind = Kind::kWhole;
  uint64_t first = 0;
  uint64_t last = 0;  // inclusive
};
ByteRange ParseRange(std::string_view header, uint64_t size);

// True when an If-None-Match header names `etag` (with its quotes) or is "*". Weak comparison.
bool EtagMatches(std::string_view if_none_match, std::string_view etag);

}  // namespace verge::sys::http
