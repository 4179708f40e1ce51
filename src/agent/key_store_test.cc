#include "agent/key_store.h"

#include <gtest/gtest.h>

#include "agent/identity.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/tpm/software_tpm_for_test.h"

namespace verge::agent {
namespace {

constexpr char kPem[] = "-----BEGIN PRIVATE KEY-----\nnot a real one\n-----END PRIVATE KEY-----\n";

class KeyStoreTest : public testing::Test {
 protected:
  sys::TempDir dir_ = sys::TempDir::Create().value();
  StatePaths paths_{dir_.path()};
};

TEST_F(KeyStoreTest, RefusesAKeyFileThatOthersMayRead) {
  ASSERT_TRUE(SaveDeviceKey(paths_, kPem, {}).ok());
  EXPECT_EQ(LoadDeviceKey(paths_).value(), kPem);
  for (const unsigned mode : {0640U, 0604U, 0620U, 0602U}) {
    ASSERT_TRUE(sys::SetMode(paths_.File("device.key"), mode).ok());
    const Result<std::string> refused = LoadDeviceKey(paths_);
    EXPECT_EQ(refused.code(), StatusCode::kPermission) << mode;
    EXPECT_NE(refused.status().message().find("device.key: others may read"), std::string_view::npos);
  }
  ASSERT_TRUE(sys::SetMode(paths_.File("device.key"), 0400).ok());
  EXPECT_TRUE(LoadDeviceKey(paths_).ok());
}

TEST_F(KeyStoreTest, OpensASealedKeyOnlyInTheStateItWasSealedIn) {
  const sys::SoftwareTpm tpm;
  ASSERT_TRUE(SaveDeviceKey(paths_, kPem, {tpm.tcti(), {0, 2, 7}}).ok());
  EXPECT_FALSE(sys::Exists(paths_.File("device.key")));
  const std::string text = sys::ReadFile(paths_.File("device.key.tpm"), 1 << 20).value();
  EXPECT_EQ(text.find("PRIVATE KEY"), std::string::npos);
  EXPECT_EQ(LoadDeviceKey(paths_).value(), kPem);
  tpm.Extend(2);
  const Result<std::string> refused = LoadDeviceKey(paths_);
  EXPECT_EQ(refused.code(), StatusCode::kPermission);
  EXPECT_NE(refused.status().message().find("PCR 0,2,7"), std::string_view::npos) << refused.status().ToString();
}

TEST_F(KeyStoreTest, RefusesASealedKeyThatWasChanged) {
  const sys::SoftwareTpm tpm;
  ASSERT_TRUE(SaveDeviceKey(paths_, kPem, {tpm.tcti(), {7}}).ok());
  const std::string path = paths_.File("device.key.tpm");
  const std::string text = sys::ReadFile(path, 1 << 20).value();
  for (size_t i = 0; i < text.size(); i += 29) {
    std::string changed = text;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    ASSERT_TRUE(sys::WriteFileAtomic(path, changed, 0600).ok());
    const Result<std::string> got = LoadDeviceKey(paths_);
    EXPECT_FALSE(got.ok()) << changed.substr(i > 20 ? i - 20 : 0, 40);
  }
}

TEST(PcrsTest, AreRisingNumbers) {
  EXPECT_EQ(ParsePcrs("0,2,4,7").value(), (std::vector<int>{0, 2, 4, 7}));
  EXPECT_EQ(ParsePcrs("23").value(), std::vector<int>{23});
  for (const char* bad : {"", "7,0", "7,7", "24", "-1", "1,", ",1", "1 2", "x"}) {
    EXPECT_EQ(ParsePcrs(bad).code(), StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace verge::agent
