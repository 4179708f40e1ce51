// Signatures and thresholds: whether enough of a role's keys signed a document, and signing.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sys/crypto/sign.h"
#include "tuf/metadata.h"

namespace verge::tuf {

// How many different keys of the role signed these bytes. A key counts once, under however many ids it is listed.
size_t CountSigners(std::string_view canonical, std::span<const Signature> signatures, const Keys& keys,
                    const Role& role);

// kDataLoss when fewer than the threshold did; `what` names the document.
Status CheckSignatures(std::string_view what, std::string_view canonical, std::span<const Signature> signatures,
                       const Keys& keys, const Role& role);

template <typename T>
Status CheckSignatures(const Document<T>& document, const Keys& keys, const Role& role,
                       std::string_view what = T::kType) {
  return CheckSignatures(what, document.canonical, document.signatures, keys, role);
}

// kDataLoss when the document ended before `now_ms`.
Status CheckExpiry(std::string_view what, const Header& header, int64_t now_ms);

// The next root: signed by the trusted one's keys and by its own, and exactly one version newer.
Status CheckNextRoot(const Root& trusted, const Document<Root>& next);

// kDataLoss unless the bytes are those that another document names.
Status CheckFile(std::string_view what, std::string_view bytes, const MetaFile& named);

// Hex digits that change when the keys or the threshold of one of the roles change: names for what belongs to keys, and
// shall be forgotten with them.
std::string MarkOfKeys(const Root& root, std::initializer_list<const Role*> roles);

// Who signs: an Ed25519 key pair in memory, or one inside a security token.
struct Signer {
  std::string public_key;  // raw
  std::function<Result<std::string>(std::string_view message)> sign;
};
Signer SignerOf(const sys::Ed25519KeyPair& key);

// Adds a signature, or replaces the one of the same key.
Status AddSignature(std::string_view canonical, const Signer& signer, std::vector<Signature>& signatures);
Status AddSignature(std::string_view canonical, const sys::Ed25519KeyPair& key, std::vector<Signature>& signatures);

}  // namespace verge::tuf
