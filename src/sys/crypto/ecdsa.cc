#include "sys/crypto/ecdsa.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace verge::sys {
namespace {

constexpr size_t kMaxPemBytes = 8192;

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

bool IsP256(const EVP_PKEY* key) {
  std::string name(64, '\0');
  size_t length = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) == 1 && name.substr(0, length) == "prime256v1";
}

}  // namespace

bool EcdsaP256Verify(std::string_view public_key_pem, std::string_view message, std::string_view signature) {
  if (public_key_pem.size() > kMaxPemBytes) return false;
  const Bio bio(BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
  if (!bio) return false;
  const PublicKey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!key || !IsP256(key.get())) return false;
  const Digest digest(EVP_MD_CTX_new());
  const auto* const raw_signature = reinterpret_cast<const unsigned char*>(signature.data());
  const auto* const raw_message = reinterpret_cast<const unsigned char*>(message.data());
  return digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(digest.get(), raw_signature, signature.size(), raw_message, message.size()) == 1;
}

}  // namespace verge::sys
