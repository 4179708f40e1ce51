#include "sys/crypto/passphrase.h"

#include <sodium.h>

#include "sys/crypto/random.h"
#include "sys/crypto/sodium_init.h"

namespace verge::sys {
namespace {

constexpr size_t kSaltBytes = crypto_pwhash_argon2id_SALTBYTES;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Status DeriveKey(const SealedSecret& sealed, std::string_view passphrase, std::string& key) {
  const bool fits = sealed.ops >= static_cast<int64_t>(crypto_pwhash_argon2id_OPSLIMIT_MIN) &&
                    sealed.ops <= kMaxSealOps &&
                    sealed.memory_bytes >= static_cast<int64_t>(crypto_pwhash_argon2id_MEMLIMIT_MIN) &&
                    sealed.memory_bytes <= kMaxSealMemoryBytes && sealed.salt.size() == kSaltBytes;
  if (!fits) return VERGE_ERROR(kInvalidArgument, "the sealed secret asks for costs that are out of bounds");
  key.assign(kKeyBytes, '\0');
  const int failed = crypto_pwhash(Raw(key), key.size(), passphrase.data(), passphrase.size(), Raw(sealed.salt),
                                   static_cast<unsigned long long>(sealed.ops),
                                   static_cast<size_t>(sealed.memory_bytes), crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) return VERGE_ERROR(kResourceExhausted, "not enough memory to unlock a key with its passphrase");
  return Status::Ok();
}

}  // namespace

Result<SealedSecret> SealWithPassphrase(std::string_view secret, std::string_view passphrase, std::string_view context,
                                        const SealOptions& options) {
  EnsureSodium();
  SealedSecret out{options.ops, options.memory_bytes, RandomBytes(kSaltBytes), RandomBytes(kNonceBytes), ""};
  std::string key;
  VERGE_TRY(DeriveKey(out, passphrase, key));
  out.box.assign(secret.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(Raw(out.box), nullptr, Raw(secret), secret.size(), Raw(context),
                                             context.size(), nullptr, Raw(out.nonce), Raw(key));
  WipeString(key);
  return out;
}

Result<std::string> OpenWithPassphrase(const SealedSecret& sealed, std::string_view passphrase,
                                       std::string_view context) {
  EnsureSodium();
  if (sealed.nonce.size() != kNonceBytes || sealed.box.size() < kTagBytes) {
    return VERGE_ERROR(kInvalidArgument, "the sealed secret is malformed");
  }
  std::string key;
  VERGE_TRY(DeriveKey(sealed, passphrase, key));
  std::string secret(sealed.box.size() - kTagBytes, '\0');
  const int failed =
      crypto_aead_xchacha20poly1305_ietf_decrypt(Raw(secret), nullptr, nullptr, Raw(sealed.box), sealed.box.size(),
                                                 Raw(context), context.size(), Raw(sealed.nonce), Raw(key));
  WipeString(key);
  if (failed != 0) return VERGE_ERROR(kPermission, "the passphrase is wrong, or the key file was changed");
  return secret;
}

void WipeString(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace verge::sys
