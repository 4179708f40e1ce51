#include "tuf/key_file.h"

#include <gtest/gtest.h>

#include "sys/crypto/encode.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::tuf {
namespace {

constexpr sys::SealOptions kCheap{1, 8192};

Result<std::string> Horse() { return std::string("horse"); }
Result<std::string> Wrong() { return std::string("cow"); }

class KeyFile : public ::testing::Test {
 protected:
  std::string Text(const char* suffix) const { return sys::ReadFile(stem + suffix, 65536).value(); }

  sys::TempDir dir = sys::TempDir::Create().value();
  std::string stem = dir.File("publisher");
  sys::Ed25519KeyPair key = sys::GenerateEd25519();
};

TEST_F(KeyFile, LockedKeyOpensWithItsPassphraseOnly) {
  ASSERT_TRUE(WriteKeyFiles(stem, key, "horse", kCheap).ok());
  EXPECT_EQ(ReadSecretKey(stem + ".key", Horse)->secret_key, key.secret_key);
  EXPECT_EQ(ReadSecretKey(stem + ".key", Wrong).code(), StatusCode::kPermission);
  EXPECT_EQ(ReadSecretKey(stem + ".key", nullptr).code(), StatusCode::kFailedPrecondition);
  for (const char* suffix : {".key", ".pub"}) {
    EXPECT_EQ(Text(suffix).find(sys::HexEncode(key.secret_key.substr(0, 32))), std::string::npos) << suffix;
  }
  EXPECT_TRUE(ReadKeyFile(stem + ".key")->is_locked);
  EXPECT_FALSE(ReadKeyFile(stem + ".pub")->is_secret);
  EXPECT_EQ(ReadKeyFile(stem + ".pub")->key.public_key, key.public_key);
}

TEST_F(KeyFile, OpenKeyNeedsNone) {
  ASSERT_TRUE(WriteKeyFiles(stem, key, std::nullopt).ok());
  EXPECT_EQ(ReadSecretKey(stem + ".key", nullptr)->secret_key, key.secret_key);
  EXPECT_EQ(ReadSecretKey(stem + ".pub", nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(WriteKeyFiles(stem, key, std::nullopt).code(), StatusCode::kAlreadyExists);
}

TEST_F(KeyFile, ChangedFilesAreRefused) {
  ASSERT_TRUE(WriteKeyFiles(stem, key, "horse", kCheap).ok());
  const std::string good = Text(".key");
  for (size_t i = 0; i < good.size() - 1; i += 5) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    ASSERT_TRUE(sys::WriteFileAtomic(stem + ".key", changed).ok());
    const auto read = ReadSecretKey(stem + ".key", Horse);
    EXPECT_TRUE(!read.ok() || read->secret_key == key.secret_key) << i;
  }
}

}  // namespace
}  // namespace verge::tuf
