// What the identifiers inside messages may look like. Every message is checked against these before it is believed.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace verge::proto {

inline constexpr int64_t kMaxVersion = std::numeric_limits<int32_t>::max();

// [a-z0-9][a-z0-9-]{0,62}: apps and groups.
bool IsName(std::string_view text);
// [A-Za-z0-9][A-Za-z0-9._-]{0,127}: ids that a hub hands out, event kinds, file-safe words.
bool IsIdentifier(std::string_view text);
// "sha256:" and 64 lower-case hex digits.
bool IsDigest(std::string_view text);
// Printable UTF-8 without control characters: names that people give.
bool IsLine(std::string_view text);

}  // namespace verge::proto
