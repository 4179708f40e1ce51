// SHA-256, at once or piece by piece, and the "sha256:<hex>" names that packages use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::sys {

inline constexpr size_t kSha256Bytes = 32;
using Sha256Digest = std::array<uint8_t, kSha256Bytes>;

// Incremental. A value: copy it to fork a state. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  // The digest of everything so far; call once, then start a new object.
  Sha256Digest Finish();

 private:
  alignas(8) std::array<std::byte, 128> state_{};
};

Sha256Digest Sha256Of(std::string_view bytes);
// 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);
std::string DigestHex(const Sha256Digest& digest);
// "sha256:<64 hex>"
std::string DigestName(const Sha256Digest& digest);
std::string DigestNameOf(std::string_view bytes);
// True for "sha256:" and 64 lower-case hex digits.
bool IsDigestName(std::string_view text);
// Reads the file in pieces; errors name the path.
Result<std::string> DigestNameOfFile(const std::string& path);

}  // namespace verge::sys
