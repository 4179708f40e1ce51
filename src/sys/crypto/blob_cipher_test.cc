#include "sys/crypto/blob_cipher.h"

#include <gtest/gtest.h>

#include "sys/crypto/box.h"
#include "sys/crypto/random.h"

namespace verge::sys {
namespace {

constexpr size_t kStored = kBlobPieceBytes + 16;  // a whole piece with its tag

std::string Encrypted(const std::string& key, const std::string& plain) {
  std::string out;
  const Status status = EncryptBlob(key, Sha256Of(plain), plain, [&](std::string_view bytes) {
    out += bytes;
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return out;
}

Result<std::string> Decrypted(const std::string& key, const Sha256Digest& digest, std::string_view encrypted,
                              size_t plain_bytes) {
  std::string out(plain_bytes, '\0');
  VERGE_TRY(DecryptBlob(key, digest, encrypted, out));
  return out;
}

class BlobCipherTest : public testing::Test {
 protected:
  StatusCode CodeOf(std::string_view encrypted, size_t plain_bytes) {
    return Decrypted(key_, Sha256Of(plain_), encrypted, plain_bytes).code();
  }
  const std::string key_ = RandomBytes(kContentKeyBytes);
  const std::string plain_ = RandomBytes(3 * kBlobPieceBytes + 1000);
  const std::string encrypted_ = Encrypted(key_, plain_);
};

TEST_F(BlobCipherTest, GivesEveryLengthBack) {
  for (const size_t bytes : {size_t{0}, size_t{1}, kBlobPieceBytes - 1, kBlobPieceBytes, kBlobPieceBytes + 1,
                             2 * kBlobPieceBytes, 5 * kBlobPieceBytes + 7}) {
    const std::string plain = RandomBytes(bytes);
    const std::string encrypted = Encrypted(key_, plain);
    EXPECT_EQ(encrypted.size(), EncryptedBlobBytes(bytes));
    EXPECT_EQ(PlainBlobBytes(encrypted.size()), bytes);
    const Result<std::string> back = Decrypted(key_, Sha256Of(plain), encrypted, bytes);
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    EXPECT_TRUE(*back == plain);
    EXPECT_TRUE(bytes < 32 || encrypted.find(plain.substr(0, 32)) == std::string::npos);
  }
  EXPECT_EQ(PlainBlobBytes(0), std::nullopt);
  EXPECT_EQ(PlainBlobBytes(kBlobHeaderBytes + 15), std::nullopt);
  EXPECT_EQ(PlainBlobBytes(kBlobHeaderBytes + kStored + 16), std::nullopt);  // an empty last piece
}

TEST_F(BlobCipherTest, RefusesCuts) {
  // After whole pieces, where all that is left is genuine.
  for (size_t pieces = 1; pieces <= 3; ++pieces) {
    const std::string_view cut = std::string_view(encrypted_).substr(0, kBlobHeaderBytes + pieces * kStored);
    EXPECT_EQ(CodeOf(cut, pieces * kBlobPieceBytes), StatusCode::kPermission) << pieces;
  }
  for (const size_t bytes : {size_t{0}, size_t{7}, size_t{8}, encrypted_.size() - 1}) {
    EXPECT_EQ(CodeOf(std::string_view(encrypted_).substr(0, bytes), plain_.size()), StatusCode::kDataLoss) << bytes;
  }
  EXPECT_EQ(CodeOf(encrypted_ + "x", plain_.size() + 1), StatusCode::kPermission);
}

TEST_F(BlobCipherTest, RefusesPiecesOutOfOrder) {
  std::string swapped = encrypted_;
  for (size_t i = 0; i < kStored; ++i)
    std::swap(swapped[kBlobHeaderBytes + i], swapped[kBlobHeaderBytes + kStored + i]);
  EXPECT_EQ(CodeOf(swapped, plain_.size()), StatusCode::kPermission);
  std::string repeated = encrypted_;
  repeated.replace(kBlobHeaderBytes + kStored, kStored, encrypted_, kBlobHeaderBytes, kStored);
  EXPECT_EQ(CodeOf(repeated, plain_.size()), StatusCode::kPermission);
}

TEST_F(BlobCipherTest, RefusesAnotherFilesBlobAnotherKeyAndChangedBytes) {
  const std::string other = RandomBytes(plain_.size());
  EXPECT_EQ(CodeOf(Encrypted(key_, other), plain_.size()), StatusCode::kPermission);
  EXPECT_EQ(Decrypted(RandomBytes(kContentKeyBytes), Sha256Of(plain_), encrypted_, plain_.size()).code(),
            StatusCode::kPermission);
  EXPECT_EQ(Decrypted("short", Sha256Of(plain_), encrypted_, plain_.size()).code(), StatusCode::kInvalidArgument);
  for (size_t i = 0; i < encrypted_.size(); i += i < 8 ? 1 : 9973) {
    std::string changed = encrypted_;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    EXPECT_NE(CodeOf(changed, plain_.size()), StatusCode::kOk) << i;
  }
}

TEST(Box, OpensForItsReaderOnly) {
  const BoxKeyPair keys = GenerateBoxKeys();
  const std::string secret = RandomBytes(kContentKeyBytes);
  const std::string sealed = *BoxSeal(keys.public_key, secret);
  EXPECT_EQ(sealed.size(), secret.size() + kBoxOverheadBytes);
  EXPECT_EQ(BoxOpen(keys, sealed).value(), secret);
  EXPECT_NE(*BoxSeal(keys.public_key, secret), sealed);
  EXPECT_EQ(BoxOpen(GenerateBoxKeys(), sealed).code(), StatusCode::kPermission);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(BoxOpen(keys, changed).code(), StatusCode::kPermission) << i;
    EXPECT_EQ(BoxOpen(keys, sealed.substr(0, i)).code(), StatusCode::kPermission) << i;
  }
  EXPECT_EQ(BoxSeal("short", secret).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(BoxSeal(std::string(kBoxKeyBytes, '\0'), secret).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::sys
