#include "tuf/verify.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "sys/crypto/ecdsa.h"
#include "sys/crypto/hash.h"

namespace verge::tuf {
namespace {

bool Verifies(const Key& key, std::string_view message, std::string_view signature) {
  if (key.public_key.empty()) return false;
  if (key.type == "ed25519") return sys::Ed25519Verify(key.public_key, message, signature);
  return sys::EcdsaP256Verify(key.public_key, message, signature);
}

}  // namespace

size_t CountSigners(std::string_view canonical, std::span<const Signature> signatures, const Keys& keys,
                    const Role& role) {
  std::set<std::string> signers;  // public keys
  for (const Signature& signature : signatures) {
    if (std::find(role.keyids.begin(), role.keyids.end(), signature.keyid) == role.keyids.end()) continue;
    const auto key = keys.find(signature.keyid);
    if (key == keys.end() || signers.contains(key->second.public_key)) continue;
    if (Verifies(key->second, canonical, signature.bytes)) signers.insert(key->second.public_key);
  }
  return signers.size();
}

Status CheckSignatures(std::string_view what, std::string_view canonical, std::span<const Signature> signatures,
                       const Keys& keys, const Role& role) {
  const size_t signers = CountSigners(canonical, signatures, keys, role);
  if (signers >= static_cast<size_t>(role.threshold)) return Status::Ok();
  return VERGE_ERROR(kDataLoss, std::string(what) + " metadata: signed by " + std::to_string(signers) + " of the " +
                                    std::to_string(role.threshold) + " trusted keys that are needed");
}

Status CheckExpiry(std::string_view what, const Header& header, int64_t now_ms) {
  if (now_ms < header.expires_ms) return Status::Ok();
  return VERGE_ERROR(kDataLoss, std::string(what) + " metadata: expired at " + FormatTime(header.expires_ms) +
                                    ", it is " + FormatTime(now_ms) + " now");
}

Status CheckNextRoot(const Root& trusted, const Document<Root>& next) {
  VERGE_TRY(CheckSignatures(next, trusted.keys, trusted.root, "the new root"));
  VERGE_TRY(CheckSignatures(next, next.value.keys, next.value.root, "the new root, by its own keys,"));
  if (next.value.version == trusted.version + 1) return Status::Ok();
  return VERGE_ERROR(kDataLoss, "root metadata: version " + std::to_string(next.value.version) + " where " +
                                    std::to_string(trusted.version + 1) + " must follow");
}

Status CheckFile(std::string_view what, std::string_view bytes, const MetaFile& named) {
  const bool length_differs = named.length && static_cast<int64_t>(bytes.size()) != *named.length;
  const bool hash_differs = !named.sha256.empty() && sys::Sha256Hex(bytes) != named.sha256;
  if (!length_differs && !hash_differs) return Status::Ok();
  return VERGE_ERROR(kDataLoss, std::string(what) + " metadata: other bytes than the trusted metadata name");
}

std::string MarkOfKeys(const Root& root, std::initializer_list<const Role*> roles) {
  std::string text;
  for (const Role* role : roles) {
    std::vector<std::string> keys;
    for (const std::string& keyid : role->keyids) {
      const auto key = root.keys.find(keyid);
      if (key != root.keys.end()) keys.push_back(key->second.public_key);
    }
    std::sort(keys.begin(), keys.end());
    text += std::to_string(role->threshold) + ":" + std::to_string(keys.size()) + ":";
    for (const std::string& key : keys) text += key;
  }
  return sys::Sha256Hex(text).substr(0, 16);
}

Signer SignerOf(const sys::Ed25519KeyPair& key) {
  return {key.public_key,
          [secret = key.secret_key](std::string_view message) { return sys::Ed25519Sign(secret, message); }};
}

Status AddSignature(std::string_view canonical, const sys::Ed25519KeyPair& key, std::vector<Signature>& signatures) {
  return AddSignature(canonical, SignerOf(key), signatures);
}

Status AddSignature(std::string_view canonical, const Signer& signer, std::vector<Signature>& signatures) {
  const std::string keyid = KeyIdOf(Ed25519Key(signer.public_key));
  VERGE_TRY_ASSIGN(std::string bytes, signer.sign(canonical));
  if (!sys::Ed25519Verify(signer.public_key, canonical, bytes)) {
    return VERGE_ERROR(kUnavailable, "the key " + keyid + " gave a signature that does not verify");
  }
  for (Signature& signature : signatures) {
    if (signature.keyid != keyid) continue;
    signature.bytes = std::move(bytes);
    return Status::Ok();
  }
  if (signatures.size() >= kMaxSignatures)
    return VERGE_ERROR(kResourceExhausted, "too many signatures on one document");
  signatures.push_back({keyid, std::move(bytes)});
  return Status::Ok();
}

}  // namespace verge::tuf
