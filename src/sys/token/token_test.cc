// With SoftHSM, a token in software: the same interface as a real one.
#include "sys/token/token.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "sys/crypto/sign.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/process/process.h"

namespace verge::sys {
namespace {

constexpr char kModule[] = "/usr/lib/softhsm/libsofthsm2.so";

TEST(TokenUri, NamesModuleTokenAndKey) {
  const TokenUri uri = ParseTokenUri("pkcs11:token=my%20token;object=root?module-path=/a/b.so").value();
  EXPECT_EQ(uri.token, "my token");
  EXPECT_EQ(uri.object, "root");
  EXPECT_EQ(uri.module, "/a/b.so");
  EXPECT_FALSE(IsTokenUri("publisher.key"));
  for (const char* bad : {"publisher.key", "pkcs11:", "pkcs11:object=a", "pkcs11:token=a?module-path=/a",
                          "pkcs11:object=%4?module-path=/a", "pkcs11:object", "pkcs11:object=a;pin=1?module-path=/a"}) {
    EXPECT_EQ(ParseTokenUri(bad).code(), StatusCode::kInvalidArgument) << bad;
  }
}

TEST(Token, MissingModuleIsNamed) {
  EXPECT_EQ(OpenTokenKey({"/none/module.so", "", "root"}).code(), StatusCode::kNotFound);
}

// One test: a module reads its configuration once in a process.
TEST(Token, KeyIsMadeFoundUnlockedAndSigns) {
  ASSERT_TRUE(Exists(kModule)) << "install softhsm2";
  const TempDir dir = TempDir::Create().value();
  ASSERT_TRUE(MakeDirs(dir.File("tokens")).ok());
  ASSERT_TRUE(WriteFileAtomic(dir.File("softhsm.conf"), "directories.tokendir = " + dir.File("tokens") + "\n").ok());
  ASSERT_EQ(setenv("SOFTHSM2_CONF", dir.File("softhsm.conf").c_str(), 1), 0);
  SpawnOptions init;
  init.argv = {"softhsm2-util", "--init-token", "--free", "--label", "publisher",
               "--so-pin",      "12345678",     "--pin",  "87654321"};
  const Captured made = RunAndCapture(init, {}).value();
  ASSERT_TRUE(made.status.success()) << made.error;

  const TokenUri uri{kModule, "publisher", "root"};
  EXPECT_EQ(OpenTokenKey(uri).code(), StatusCode::kNotFound);
  EXPECT_EQ(CreateTokenKey(uri, "00000000").code(), StatusCode::kPermission);
  const auto created = CreateTokenKey(uri, "87654321");
  ASSERT_TRUE(created.ok()) << created.status().ToString();
  EXPECT_EQ(CreateTokenKey(uri, "87654321").code(), StatusCode::kAlreadyExists);
  const std::string public_key = (*created)->public_key();
  EXPECT_TRUE(Ed25519Verify(public_key, "message", (*created)->Sign("message").value()));
  EXPECT_EQ(OpenTokenKey({kModule, "other", "root"}).code(), StatusCode::kNotFound);
  const auto found = OpenTokenKey(uri);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ((*found)->public_key(), public_key);
  ASSERT_TRUE((*found)->Unlock("87654321").ok());
  EXPECT_TRUE(Ed25519Verify(public_key, "another", (*found)->Sign("another").value()));
}

}  // namespace
}  // namespace verge::sys
