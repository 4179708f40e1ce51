#include "sys/crypto/box.h"

#include <sodium.h>

#include "sys/crypto/sodium_init.h"

namespace verge::sys {
namespace {

static_assert(kBoxKeyBytes == crypto_box_PUBLICKEYBYTES && kBoxKeyBytes == crypto_box_SECRETKEYBYTES);
static_assert(kBoxOverheadBytes == crypto_box_SEALBYTES);

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

BoxKeyPair GenerateBoxKeys() {
  EnsureSodium();
  BoxKeyPair keys{std::string(kBoxKeyBytes, '\0'), std::string(kBoxKeyBytes, '\0')};
  crypto_box_keypair(Raw(keys.public_key), Raw(keys.secret_key));
  return keys;
}

Result<std::string> BoxSeal(std::string_view public_key, std::string_view text) {
  EnsureSodium();
  if (public_key.size() != kBoxKeyBytes) return VERGE_ERROR(kInvalidArgument, "an X25519 public key has 32 bytes");
  std::string out(text.size() + kBoxOverheadBytes, '\0');
  if (crypto_box_seal(Raw(out), Raw(text), text.size(), Raw(public_key)) != 0) {
    return VERGE_ERROR(kInvalidArgument, "not a usable X25519 public key");
  }
  return out;
}

Result<std::string> BoxOpen(const BoxKeyPair& keys, std::string_view sealed) {
  if (keys.public_key.size() != kBoxKeyBytes || keys.secret_key.size() != kBoxKeyBytes) {
    return VERGE_ERROR(kInvalidArgument, "X25519 keys have 32 bytes");
  }
  if (sealed.size() >= kBoxOverheadBytes) {
    std::string out(sealed.size() - kBoxOverheadBytes, '\0');
    const int refused =
        crypto_box_seal_open(Raw(out), Raw(sealed), sealed.size(), Raw(keys.public_key), Raw(keys.secret_key));
    if (refused == 0) return out;
  }
  return VERGE_ERROR(kPermission, "the sealed text is for another key, or was changed");
}

}  // namespace verge::sys
