#include "sys/tpm/tpm.h"

#include <gtest/gtest.h>

#include "sys/tpm/software_tpm_for_test.h"

namespace verge::sys {
namespace {

TEST(TpmTest, GivesTheSecretBackUntilWhatStartedChanges) {
  const SoftwareTpm tpm;
  const std::string secret = "thirty-two bytes of a secret key";
  const Result<TpmSealed> sealed = TpmSeal(tpm.tcti(), secret, {0, 7});
  ASSERT_TRUE(sealed.ok()) << sealed.status().ToString();
  EXPECT_EQ(sealed->private_part.find(secret), std::string::npos);
  for (int i = 0; i < 5; ++i) {  // nothing stays behind in the TPM, which holds three objects at most
    const Result<std::string> back = TpmUnseal(tpm.tcti(), *sealed, {0, 7});
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    EXPECT_EQ(*back, secret);
  }
  tpm.Extend(3);  // not one of ours
  EXPECT_TRUE(TpmUnseal(tpm.tcti(), *sealed, {0, 7}).ok());
  EXPECT_EQ(TpmUnseal(tpm.tcti(), *sealed, {0}).code(), StatusCode::kPermission);
  tpm.Extend(7);
  const Result<std::string> refused = TpmUnseal(tpm.tcti(), *sealed, {0, 7});
  EXPECT_EQ(refused.code(), StatusCode::kPermission);
  EXPECT_NE(refused.status().message().find("PCR 0,7"), std::string_view::npos) << refused.status().ToString();
}

TEST(TpmTest, RefusesDamageAndAnotherTpm) {
  const SoftwareTpm tpm;
  const Result<TpmSealed> sealed = TpmSeal(tpm.tcti(), "secret", {7});
  ASSERT_TRUE(sealed.ok()) << sealed.status().ToString();
  TpmSealed damaged = *sealed;
  damaged.private_part.back() = static_cast<char>(damaged.private_part.back() ^ 1);
  EXPECT_EQ(TpmUnseal(tpm.tcti(), damaged, {7}).code(), StatusCode::kDataLoss);
  EXPECT_EQ(TpmUnseal(tpm.tcti(), {"", ""}, {7}).code(), StatusCode::kDataLoss);
  const SoftwareTpm other;
  EXPECT_EQ(TpmUnseal(other.tcti(), *sealed, {7}).code(), StatusCode::kDataLoss);
}

TEST(TpmTest, SaysWhatIsWrongWithTheRequest) {
  EXPECT_EQ(TpmSeal("swtpm:path=/nonexistent", "secret", {7}).code(), StatusCode::kUnavailable);
  for (const std::vector<int>& pcrs : {std::vector<int>{}, {7, 0}, {7, 7}, {-1}, {24}}) {
    EXPECT_EQ(TpmSeal("swtpm:path=/nonexistent", "secret", pcrs).code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(TpmSeal("swtpm:path=/nonexistent", std::string(129, 'x'), {7}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(TpmSeal("swtpm:path=/nonexistent", "", {7}).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::sys
