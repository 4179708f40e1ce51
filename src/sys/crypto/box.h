// Secrets for one reader: a text sealed to an X25519 public key by somebody who stays anonymous (libsodium's sealed
// box: an ephemeral X25519 key, XSalsa20-Poly1305, the nonce from both public keys).
//
// Trust     a sealed text says nothing about who made it: what it opens to must be authenticated some other way.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::sys {

inline constexpr size_t kBoxKeyBytes = 32;       // public and secret
inline constexpr size_t kBoxOverheadBytes = 48;  // ephemeral key and tag

struct BoxKeyPair {
  std::string public_key;
  std::string secret_key;
};

BoxKeyPair GenerateBoxKeys();
// kInvalidArgument when the key has the wrong size, or is one that every secret would be shared with.
Result<std::string> BoxSeal(std::string_view public_key, std::string_view text);
// kPermission when it was sealed to another key, or changed; kInvalidArgument when a key has the wrong size.
Result<std::string> BoxOpen(const BoxKeyPair& keys, std::string_view sealed);

}  // namespace verge::sys
