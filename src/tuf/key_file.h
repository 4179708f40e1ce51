// Signing keys on disk: STEM.key (secret, locked with a passphrase unless its owner chose otherwise) and STEM.pub.
// docs/formats/tuf.md, "Key files".
//
// Errors    kInvalidArgument: not a key file | kPermission: wrong passphrase | kFailedPrecondition: it is locked and no
//           passphrase was given | kAlreadyExists: a file of that name is there.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/status.h"
#include "sys/crypto/passphrase.h"
#include "sys/crypto/sign.h"
#include "tuf/metadata.h"

namespace verge::tuf {

// Asked only when the key is locked.
using AskPassphrase = std::function<Result<std::string>()>;

// Writes both files. Without a passphrase the secret lies open in STEM.key (mode 0600).
Status WriteKeyFiles(const std::string& stem, const sys::Ed25519KeyPair& key,
                     const std::optional<std::string>& passphrase, const sys::SealOptions& options = {});

Result<sys::Ed25519KeyPair> ReadSecretKey(const std::string& path, const AskPassphrase& ask);

struct KeyFileInfo {
  Key key;
  bool is_secret = false;
  bool is_locked = false;
};
// Of either file, without unlocking it.
Result<KeyFileInfo> ReadKeyFile(const std::string& path);

}  // namespace verge::tuf
