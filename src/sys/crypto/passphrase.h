// A secret locked with a passphrase: Argon2id makes a key of it, XChaCha20-Poly1305 seals the secret.
//
// Costs     opening takes the memory and time that were chosen at sealing (SealOptions: about 0.5 s and 256 MiB, more
//           than most guessing machines have to spare); the limits keep a hostile file from asking for more.
// Errors    kPermission: the passphrase is wrong, or the box was changed; kInvalidArgument: the box is malformed or
//           asks for more than the limits; kResourceExhausted: not enough memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::sys {

inline constexpr int64_t kMaxSealOps = 16;
inline constexpr int64_t kMaxSealMemoryBytes = int64_t{1} << 30;

struct SealOptions {
  int64_t ops = 3;
  int64_t memory_bytes = int64_t{256} << 20;
};

struct SealedSecret {
  int64_t ops = 0;
  int64_t memory_bytes = 0;
  std::string salt;   // 16 bytes
  std::string nonce;  // 24 bytes
  std::string box;    // the secret and 16 bytes
};

// `context` is bound to the box: the same must be given to open it.
Result<SealedSecret> SealWithPassphrase(std::string_view secret, std::string_view passphrase, std::string_view context,
                                        const SealOptions& options = {});
Result<std::string> OpenWithPassphrase(const SealedSecret& sealed, std::string_view passphrase,
                                       std::string_view context);

// Overwrites the text before it goes.
void WipeString(std::string& text);

}  // namespace verge::sys
