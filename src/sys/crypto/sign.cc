#include "sys/crypto/sign.h"

#include <sodium.h>

#include <array>

#include "sys/crypto/random.h"
#include "sys/crypto/sodium_init.h"

namespace verge::sys {
namespace {

static_assert(kEd25519PublicBytes == crypto_sign_PUBLICKEYBYTES);
static_assert(kEd25519SecretBytes == crypto_sign_SECRETKEYBYTES);
static_assert(kEd25519SignatureBytes == crypto_sign_BYTES);

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Status WrongSize() { return VERGE_ERROR(kInvalidArgument, "an Ed25519 secret key has 64 bytes"); }

}  // namespace

Ed25519KeyPair GenerateEd25519() {
  EnsureSodium();
  Ed25519KeyPair pair{std::string(kEd25519PublicBytes, '\0'), std::string(kEd25519SecretBytes, '\0')};
  crypto_sign_keypair(Raw(pair.public_key), Raw(pair.secret_key));
  return pair;
}

Result<Ed25519KeyPair> Ed25519FromSecret(std::string_view secret_key) {
  if (secret_key.size() != kEd25519SecretBytes) return WrongSize();
  Ed25519KeyPair pair{std::string(kEd25519PublicBytes, '\0'), std::string(kEd25519SecretBytes, '\0')};
  crypto_sign_seed_keypair(Raw(pair.public_key), Raw(pair.secret_key), Raw(secret_key));
  if (!ConstantTimeEqual(pair.secret_key, secret_key)) {
    return VERGE_ERROR(kInvalidArgument, "the two halves of this Ed25519 secret key do not belong together");
  }
  return pair;
}

Result<std::string> Ed25519Sign(std::string_view secret_key, std::string_view message) {
  if (secret_key.size() != kEd25519SecretBytes) return WrongSize();
  std::string signature(kEd25519SignatureBytes, '\0');
  crypto_sign_detached(Raw(signature), nullptr, Raw(message), message.size(), Raw(secret_key));
  return signature;
}

bool Ed25519Verify(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != kEd25519PublicBytes || signature.size() != kEd25519SignatureBytes) return false;
  return crypto_sign_verify_detached(Raw(signature), Raw(message), message.size(), Raw(public_key)) == 0;
}

}  // namespace verge::sys
