// Who may release an app: Ed25519 publisher keys and DSSE envelopes (docs/formats/package.md, "Signature").
//
// Errors    kPermission: no signature by a trusted key; kDataLoss: the envelope or payload is malformed;
//           kInvalidArgument: a key file is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sys/crypto/sign.h"

namespace verge::package {

// What a publisher signs.
struct Release {
  std::string app;
  int64_t version = 0;
  std::string manifest_digest;
  int64_t manifest_size = 0;
  friend bool operator==(const Release&, const Release&) = default;
};

// Lower-case hex SHA-256 of the raw public key.
std::string KeyId(std::string_view public_key);

// The text of an envelope with one signature.
Result<std::string> SignRelease(const Release& release, const sys::Ed25519KeyPair& key);

struct SignedRelease {
  Release release;
  std::string keyid;  // of the key that vouches for it
};
// Accepts the envelope when one of its signatures was made by one of `trusted` (raw public keys). The key id inside the
// envelope only helps to find the key; it proves nothing.
Result<SignedRelease> VerifyEnvelope(std::string_view envelope, std::span<const std::string> trusted);

// publisher.key and publisher.pub.
Status WriteKeyFiles(const std::string& stem, const sys::Ed25519KeyPair& key);
Result<sys::Ed25519KeyPair> ReadSecretKeyFile(const std::string& path);
// Takes either file; returns the raw public key.
Result<std::string> ReadPublicKeyFile(const std::string& path);

}  // namespace verge::package
