// Authenticated encryption of a small text at once: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::sys {

inline constexpr size_t kAeadKeyBytes = 32;
inline constexpr size_t kAeadNonceBytes = 24;
inline constexpr size_t kAeadTagBytes = 16;

// A random nonce (24 bytes), then the text encrypted, then the tag. `context` is not stored, but must be the same when
// it is opened: what the text is for. kInvalidArgument when the key has the wrong size.
Result<std::string> AeadSeal(std::string_view key, std::string_view text, std::string_view context);
// kPermission unless it was made with this key and context and not changed.
Result<std::string> AeadOpen(std::string_view key, std::string_view sealed, std::string_view context);

}  // namespace verge::sys
