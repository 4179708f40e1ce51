#include <gtest/gtest.h>

#include <set>

#include "sys/crypto/aead.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/hash.h"
#include "sys/crypto/random.h"
#include "sys/crypto/sign.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::sys {
namespace {

TEST(Encode, KnownTexts) {
  EXPECT_EQ(HexEncode(std::string("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(Base64Encode("foob"), "Zm9vYg==");  // RFC 4648 section 10
  EXPECT_EQ(Base64Encode(""), "");
  EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
  EXPECT_EQ(*HexDecode("00ff10"), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(*Base64Decode("Zm9vYg=="), "foob");
  EXPECT_EQ(*Base64UrlDecode("-_8"), "\xfb\xff");
}

TEST(Encode, StrictDecoders) {
  for (const char* bad : {"0", "0G", "0F", " 00"}) EXPECT_FALSE(HexDecode(bad).ok()) << bad;
  for (const char* bad : {"Zm9vYg=", "Zm9vYg", "Zm9v Yg==", "Zm9vYh==", "Zm9v\n", "=", "-_8="}) {
    EXPECT_FALSE(Base64Decode(bad).ok()) << bad;
  }
  for (const char* bad : {"-_8=", "+/8", "-", "-_9"}) EXPECT_FALSE(Base64UrlDecode(bad).ok()) << bad;
}

TEST(Sha256, KnownAnswersAndPieces) {  // FIPS 180-4 examples
  const char* abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(Sha256Hex("abc"), abc);
  Sha256 pieces;
  pieces.Update("a");
  Sha256 fork = pieces;
  pieces.Update("bc");
  EXPECT_EQ(DigestHex(pieces.Finish()), abc);
  fork.Update("bd");
  EXPECT_NE(DigestHex(fork.Finish()), abc);
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, DigestNames) {
  const std::string name = DigestNameOf("abc");
  EXPECT_TRUE(IsDigestName(name));
  EXPECT_FALSE(IsDigestName(name.substr(1)));
  EXPECT_FALSE(IsDigestName(name.substr(0, name.size() - 1) + "G"));
  EXPECT_FALSE(IsDigestName("sha512" + name.substr(6)));
  const TempDir dir = TempDir::Create().value();
  ASSERT_TRUE(WriteFileAtomic(dir.File("f"), "abc").ok());
  EXPECT_EQ(*DigestNameOfFile(dir.File("f")), name);
  EXPECT_EQ(DigestNameOfFile(dir.File("none")).code(), StatusCode::kNotFound);
}

TEST(Ed25519, KnownAnswer) {  // RFC 8032 section 7.1, test 2
  const std::string seed = *HexDecode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const std::string pub = *HexDecode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Result<Ed25519KeyPair> pair = Ed25519FromSecret(seed + pub);
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(pair->public_key, pub);
  EXPECT_EQ(HexEncode(*Ed25519Sign(seed + pub, "r")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_FALSE(Ed25519FromSecret(seed + seed).ok());
  EXPECT_FALSE(Ed25519FromSecret(seed).ok());
}

TEST(Ed25519, RefusesAnyChange) {
  const Ed25519KeyPair pair = GenerateEd25519();
  const std::string signature = *Ed25519Sign(pair.secret_key, "message");
  EXPECT_TRUE(Ed25519Verify(pair.public_key, "message", signature));
  EXPECT_FALSE(Ed25519Verify(pair.public_key, "massage", signature));
  EXPECT_FALSE(Ed25519Verify(GenerateEd25519().public_key, "message", signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(Ed25519Verify(pair.public_key, "message", changed));
  }
  EXPECT_FALSE(Ed25519Verify(pair.public_key, "message", signature.substr(1)));
  EXPECT_FALSE(Ed25519Verify("", "message", signature));
}

TEST(Aead, OpensWhatItSealedAndNothingElse) {
  const std::string key = RandomBytes(kAeadKeyBytes);
  for (const std::string& text : {std::string(), std::string("a secret"), std::string(5000, 'x')}) {
    const std::string sealed = *AeadSeal(key, text, "context");
    EXPECT_EQ(sealed.size(), text.size() + kAeadNonceBytes + kAeadTagBytes);
    EXPECT_EQ(AeadOpen(key, sealed, "context").value(), text);
    EXPECT_EQ(AeadOpen(key, sealed, "contest").code(), StatusCode::kPermission);
    EXPECT_EQ(AeadOpen(RandomBytes(kAeadKeyBytes), sealed, "context").code(), StatusCode::kPermission);
    for (size_t i = 0; i < sealed.size(); i += 7) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_EQ(AeadOpen(key, changed, "context").code(), StatusCode::kPermission) << i;
      EXPECT_EQ(AeadOpen(key, sealed.substr(0, i), "context").code(), StatusCode::kPermission) << i;
    }
  }
  EXPECT_NE(*AeadSeal(key, "same", ""), *AeadSeal(key, "same", ""));
  EXPECT_EQ(AeadSeal("short", "text", "").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(AeadOpen("short", "text", "").code(), StatusCode::kInvalidArgument);
}

TEST(Random, DiffersAndStaysInBounds) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(RandomBytes(16));
  EXPECT_EQ(seen.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_LT(RandomBelow(3), 3u);
}

TEST(ConstantTime, Equality) {
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abcd"));
  EXPECT_TRUE(ConstantTimeEqual("", ""));
}

}  // namespace
}  // namespace verge::sys
