#include "sys/crypto/blob_cipher.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace verge::sys {
namespace {

constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kPrefixBytes = 16;
constexpr std::array<char, kBlobHeaderBytes> kHeader = {'V', 'G', 'E', 'B', 1, 0, 0, 0};
constexpr std::string_view kPurpose = "verge blob 1";
static_assert(kContentKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == kPrefixBytes + 8);

const unsigned char* Raw(const char* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }
unsigned char* Raw(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

uint64_t PiecesOf(uint64_t plain_bytes) {
  return std::max<uint64_t>(1, (plain_bytes + kBlobPieceBytes - 1) / kBlobPieceBytes);
}

// The nonces of one blob: prefix, number of the piece in 7 bytes, 1 for the last piece.
class Nonces {
 public:
  Nonces(std::string_view key, const Sha256Digest& digest) {
    std::array<char, kPurpose.size() + kSha256Bytes> text{};
    std::copy(kPurpose.begin(), kPurpose.end(), text.begin());
    std::memcpy(text.data() + kPurpose.size(), digest.data(), digest.size());
    crypto_generichash(nonce_.data(), kPrefixBytes, Raw(text.data()), text.size(), Raw(key.data()), key.size());
  }
  const unsigned char* At(uint64_t piece, bool is_last) {
    for (size_t i = 0; i < 7; ++i) nonce_[kPrefixBytes + i] = static_cast<unsigned char>(piece >> (8 * i));
    nonce_[kPrefixBytes + 7] = is_last ? 1 : 0;
    return nonce_.data();
  }

 private:
  std::array<unsigned char, kPrefixBytes + 8> nonce_{};
};

Status CheckKey(std::string_view key) {
  if (key.size() == kContentKeyBytes) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, "a content key has 32 bytes");
}

}  // namespace

uint64_t EncryptedBlobBytes(uint64_t plain_bytes) {
  return kBlobHeaderBytes + plain_bytes + PiecesOf(plain_bytes) * kTagBytes;
}

std::optional<uint64_t> PlainBlobBytes(uint64_t encrypted_bytes) {
  if (encrypted_bytes < kBlobHeaderBytes + kTagBytes) return std::nullopt;
  const uint64_t body = encrypted_bytes - kBlobHeaderBytes;
  const uint64_t pieces = (body + kBlobPieceBytes + kTagBytes - 1) / (kBlobPieceBytes + kTagBytes);
  if (body < pieces * kTagBytes) return std::nullopt;
  const uint64_t plain = body - pieces * kTagBytes;
  if (PiecesOf(plain) != pieces) return std::nullopt;  // a last piece that holds nothing
  return plain;
}

Status EncryptBlob(std::string_view key, const Sha256Digest& plain_digest, std::string_view plain,
                   const std::function<Status(std::string_view)>& sink) {
  VERGE_TRY(CheckKey(key));
  VERGE_TRY(sink({kHeader.data(), kHeader.size()}));
  Nonces nonces(key, plain_digest);
  std::string piece;
  const uint64_t pieces = PiecesOf(plain.size());
  for (uint64_t i = 0; i < pieces; ++i) {
    const std::string_view part = plain.substr(i * kBlobPieceBytes, kBlobPieceBytes);
    piece.resize(part.size() + kTagBytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(Raw(piece.data()), nullptr, Raw(part.data()), part.size(),
                                               Raw(kHeader.data()), kHeader.size(), nullptr,
                                               nonces.At(i, i + 1 == pieces), Raw(key.data()));
    VERGE_TRY(sink(piece));
  }
  return Status::Ok();
}

Status DecryptBlob(std::string_view key, const Sha256Digest& plain_digest, std::string_view encrypted,
                   std::span<char> out) {
  VERGE_TRY(CheckKey(key));
  const std::string_view magic(kHeader.data(), 4);
  const std::optional<uint64_t> plain_bytes = PlainBlobBytes(encrypted.size());
  if (!encrypted.starts_with(magic) || !plain_bytes) return VERGE_ERROR(kDataLoss, "not an encrypted blob");
  if (encrypted[4] != kHeader[4]) return VERGE_ERROR(kUnsupported, "the blob is encrypted in a newer format");
  if (*plain_bytes != out.size()) {
    return VERGE_ERROR(kDataLoss, "the blob holds " + std::to_string(*plain_bytes) + " bytes, expected were " +
                                      std::to_string(out.size()));
  }
  Nonces nonces(key, plain_digest);
  const std::string_view header = encrypted.substr(0, kBlobHeaderBytes);
  const uint64_t pieces = PiecesOf(*plain_bytes);
  for (uint64_t i = 0; i < pieces; ++i) {
    const std::string_view part =
        encrypted.substr(kBlobHeaderBytes + i * (kBlobPieceBytes + kTagBytes), kBlobPieceBytes + kTagBytes);
    const int refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
        Raw(out.data() + i * kBlobPieceBytes), nullptr, nullptr, Raw(part.data()), part.size(), Raw(header.data()),
        header.size(), nonces.At(i, i + 1 == pieces), Raw(key.data()));
    if (refused != 0) {
      return VERGE_ERROR(kPermission, "piece " + std::to_string(i) +
                                          " of the blob does not open: it was changed, or it is of another file or "
                                          "release than the key");
    }
  }
  return Status::Ok();
}

}  // namespace verge::sys
