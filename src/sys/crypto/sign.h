// Ed25519 signatures (RFC 8032), detached.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::sys {

inline constexpr size_t kEd25519PublicBytes = 32;
inline constexpr size_t kEd25519SecretBytes = 64;  // seed and public key, as libsodium keeps them
inline constexpr size_t kEd25519SignatureBytes = 64;

struct Ed25519KeyPair {
  std::string public_key;
  std::string secret_key;
};

Ed25519KeyPair GenerateEd25519();
// kInvalidArgument when the key has the wrong size, or its public half does not belong to its seed.
Result<Ed25519KeyPair> Ed25519FromSecret(std::string_view secret_key);
// kInvalidArgument when the key has the wrong size.
Result<std::string> Ed25519Sign(std::string_view secret_key, std::string_view message);
// False for a wrong signature, and for a key or signature of the wrong size.
bool Ed25519Verify(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace verge::sys
