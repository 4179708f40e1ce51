// A file encrypted in pieces of 64 KiB, so that it is read without ever being whole in memory twice.
// docs/formats/encryption.md describes every byte.
//
// Each piece is XChaCha20-Poly1305 under the release's content key. Its nonce holds a prefix made of key and the plain
// bytes' digest, the piece's number and whether it is the last: a piece that is missing, moved, or of another file or
// release does not open, nor does a file that was cut after a whole piece.
//
// Trust     ciphertext is foreign bytes. The plain digest comes from a signed manifest, and is what ties a blob to its
//           place: it is not in the blob.
// Memory    nothing beyond the caller's. Threads: re-entrant.
// Errors    kInvalidArgument: a key or digest of the wrong size | kPermission: wrong key or place, or changed bytes |
//           kDataLoss: not an encrypted blob, or a length that none has | kUnsupported: a newer format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sys/crypto/hash.h"

namespace verge::sys {

inline constexpr size_t kContentKeyBytes = 32;
inline constexpr size_t kBlobPieceBytes = size_t{64} << 10;
inline constexpr size_t kBlobHeaderBytes = 8;

// Bytes of the encrypted form.
uint64_t EncryptedBlobBytes(uint64_t plain_bytes);
// And back: bytes of the plain form; empty for a length that no encrypted blob has.
std::optional<uint64_t> PlainBlobBytes(uint64_t encrypted_bytes);

// Hands the encrypted form to `sink`, piece by piece. The digest is that of `plain`.
Status EncryptBlob(std::string_view key, const Sha256Digest& plain_digest, std::string_view plain,
                   const std::function<Status(std::string_view)>& sink);
// Decrypts into `out`, which has exactly the plain bytes' size. Its contents are of use only when the answer is ok.
Status DecryptBlob(std::string_view key, const Sha256Digest& plain_digest, std::string_view encrypted,
                   std::span<char> out);

}  // namespace verge::sys
