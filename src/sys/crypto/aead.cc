#include "sys/crypto/aead.h"

#include <sodium.h>

#include "sys/crypto/random.h"

namespace verge::sys {
namespace {

static_assert(kAeadKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kAeadNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kAeadTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Status WrongKey() { return VERGE_ERROR(kInvalidArgument, "a key of XChaCha20-Poly1305 has 32 bytes"); }

}  // namespace

Result<std::string> AeadSeal(std::string_view key, std::string_view text, std::string_view context) {
  if (key.size() != kAeadKeyBytes) return WrongKey();
  const std::string nonce = RandomBytes(kAeadNonceBytes);
  std::string sealed(text.size() + kAeadTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(Raw(sealed), nullptr, Raw(text), text.size(), Raw(context), context.size(),
                                             nullptr, Raw(std::string_view(nonce)), Raw(key));
  return nonce + sealed;
}

Result<std::string> AeadOpen(std::string_view key, std::string_view sealed, std::string_view context) {
  if (key.size() != kAeadKeyBytes) return WrongKey();
  if (sealed.size() >= kAeadNonceBytes + kAeadTagBytes) {
    const std::string_view nonce = sealed.substr(0, kAeadNonceBytes);
    sealed.remove_prefix(kAeadNonceBytes);
    std::string text(sealed.size() - kAeadTagBytes, '\0');
    const int refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
        Raw(text), nullptr, nullptr, Raw(sealed), sealed.size(), Raw(context), context.size(), Raw(nonce), Raw(key));
    if (refused == 0) return text;
  }
  return VERGE_ERROR(kPermission, "the sealed text was changed, or sealed with another key or for something else");
}

}  // namespace verge::sys
