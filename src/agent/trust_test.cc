// What a device may install: attacks on the director, and the agreement of director and publisher.
#include "agent/trust.h"

#include <gtest/gtest.h>

#include "sys/file/temp_dir.h"
#include "tuf/testing/test_repository.h"

namespace verge::agent {
namespace {

using tuf::DescribeTarget;
using tuf::ExpectRefused;
using tuf::kDayMs;
using tuf::kNowMs;

constexpr char kDevice[] = "dev-1";

class TestHub final : public MetadataSource {
 public:
  TestHub() {
    repository.root.director.emplace();
    repository.SetRole(*repository.root.director, {director_key});
    repository.PublishRoot({repository.root_key});
    director.version = 7;
    director.device = kDevice;
    director.time_ms = kNowMs;
    director.expires_ms = kNowMs + kDayMs;
    director.targets["app/1"] = DescribeTarget("first");
    director.targets["app/1"].deployment = "d-1";
  }
  Result<std::string> Fetch(const std::string& name, uint64_t max_bytes) override {
    return repository.Fetch(name, max_bytes);
  }
  Result<std::string> FetchDirector(const std::string& nonce, uint64_t max_bytes) override {
    if (!replay.empty()) return replay;
    director.nonce = nonce;
    last = tuf::TestRepository::Signed(director, {director_key});
    EXPECT_LE(last.size(), max_bytes);
    return last;
  }

  tuf::TestRepository repository;
  sys::Ed25519KeyPair director_key = sys::GenerateEd25519();
  tuf::Director director;
  std::string last, replay;
};

class TrustTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(WriteAnchor(paths, hub.repository.files.at("1.root.json")).ok()); }
  Trust MakeTrust() {
    return {paths, device, fault, [this] { return clock_ms; }};
  }
  Result<package::Release> Agree() { return MakeTrust().Agree(hub, target); }
  Result<package::Release> AgreeStored() { return MakeTrust().AgreeStored(target); }
  // The publisher's next root names another director's key.
  void RotateDirector() {
    hub.director_key = sys::GenerateEd25519();
    ++hub.repository.root.version;
    hub.repository.SetRole(*hub.repository.root.director, {hub.director_key});
    hub.repository.PublishRoot({hub.repository.root_key});
  }

  sys::TempDir dir = sys::TempDir::Create().value();
  StatePaths paths{dir.File("state")};
  std::string device = kDevice;
  std::optional<int64_t> clock_ms;  // of a clock known to be right
  FaultPoint fault;
  TestHub hub;
  proto::DesiredApp target{"d-1", "app", 1, "sha256:" + DescribeTarget("first").sha256, 5};
};

TEST_F(TrustTest, WhatBothNameIsAgreedAndRemembered) {
  EXPECT_FALSE(AgreeStored().ok());
  const auto agreed = Agree();
  ASSERT_TRUE(agreed.ok()) << agreed.status().ToString();
  EXPECT_EQ(*agreed, (package::Release{"app", 1, target.manifest_digest, 5}));
  EXPECT_EQ(*AgreeStored(), *agreed);
  EXPECT_NE(MakeTrust().Describe().find("root 1, targets 1"), std::string::npos);
}

TEST_F(TrustTest, AStolenHubOffersOnlyWhatThePublisherSigned) {
  hub.director.targets["app/2"] = DescribeTarget("evil");
  hub.director.targets["app/2"].deployment = "d-2";
  target = {"d-2", "app", 2, "sha256:" + DescribeTarget("evil").sha256, 4};
  ExpectRefused(Agree().status(), "the publisher has not signed it");
  hub.director.targets["app/1"] = DescribeTarget("evil!");  // another manifest under a known name
  hub.director.targets["app/1"].deployment = "d-1";
  target = {"d-1", "app", 1, "sha256:" + DescribeTarget("evil!").sha256, 5};
  ExpectRefused(Agree().status(), "director and publisher name different bytes");
  ExpectRefused(AgreeStored().status(), "director and publisher name different bytes");
}

TEST_F(TrustTest, WhatIsWithdrawnIsRefused) {
  ASSERT_TRUE(Agree().ok());
  hub.repository.targets.targets.clear();
  hub.repository.Next();
  ExpectRefused(Agree().status(), "withdrawn");
}

TEST_F(TrustTest, TheHubsUnsignedWishIsNotEnough) {
  target.deployment = "d-9";
  ExpectRefused(Agree().status(), "the director wants other bytes, or another deployment");
  hub.director.targets.clear();
  ExpectRefused(Agree().status(), "the director does not want it");
}

TEST_F(TrustTest, ReplayedDirectorIsRefused) {
  ASSERT_TRUE(Agree().ok());
  hub.replay = hub.last;
  ExpectRefused(Agree().status(), "replay");
}

TEST_F(TrustTest, DirectorOfAnotherDeviceIsRefused) {
  hub.director.device = "dev-2";
  ExpectRefused(Agree().status(), "made for device dev-2");
}

TEST_F(TrustTest, OlderDirectorIsRefusedUntilItsKeysAreNew) {
  ASSERT_TRUE(Agree().ok());
  hub.director.version = 6;
  ExpectRefused(Agree().status(), "director metadata: version 6 is older");
  const auto old_key = hub.director_key;
  RotateDirector();
  const auto recovered = Agree();
  EXPECT_TRUE(recovered.ok()) << recovered.status().ToString();
  hub.director_key = old_key;
  ExpectRefused(Agree().status(), "director metadata: signed by 0");
}

TEST_F(TrustTest, ATimeSentAheadIsForgottenWithTheStolenKey) {
  hub.director.time_ms = kNowMs + 10'000 * kDayMs;
  hub.director.expires_ms = hub.director.time_ms + kDayMs;
  ExpectRefused(Agree().status(), "expired");
  hub.director.time_ms = kNowMs;
  hub.director.expires_ms = kNowMs + kDayMs;
  ExpectRefused(Agree().status(), "expired");
  RotateDirector();
  const auto recovered = Agree();
  EXPECT_TRUE(recovered.ok()) << recovered.status().ToString();
}

TEST_F(TrustTest, AClockKnownToBeRightCountsToo) {
  clock_ms = kNowMs - 2 * kDayMs;
  ExpectRefused(Agree().status(), "this device's synchronised clock says");
  clock_ms = kNowMs;
  EXPECT_TRUE(Agree().ok());
  clock_ms = kNowMs + 31 * kDayMs;  // a hub that stops time
  ExpectRefused(Agree().status(), "expired");
}

TEST_F(TrustTest, TimeComesFromTheDirectorAndNeverGoesBack) {
  hub.director.time_ms = kNowMs + 31 * kDayMs;  // the metadata of the repository ended before
  hub.director.expires_ms = hub.director.time_ms + kDayMs;
  ExpectRefused(Agree().status(), "expired");
  hub.director.time_ms = kNowMs;  // a hub that turns time back
  hub.director.expires_ms = kNowMs + 40 * kDayMs;
  ExpectRefused(Agree().status(), "expired");
  hub.director.expires_ms = kNowMs + kDayMs;
  ExpectRefused(Agree().status(), "director metadata: expired");
}

TEST_F(TrustTest, AnAnchorMustSignItselfAndNameADirector) {
  EXPECT_EQ(WriteAnchor(paths, "{}").code(), StatusCode::kInvalidArgument);
  tuf::TestRepository plain;
  EXPECT_EQ(WriteAnchor(paths, plain.files.at("1.root.json")).code(), StatusCode::kInvalidArgument);
  plain.root.director = hub.repository.root.director;
  plain.PublishRoot({sys::GenerateEd25519()});
  EXPECT_EQ(WriteAnchor(paths, plain.files.at("1.root.json")).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::agent
