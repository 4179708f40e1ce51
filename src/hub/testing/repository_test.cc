// The hub's part of a TUF repository: what it takes, what it signs, what it says to a device.
#include <gtest/gtest.h>

#include "hub/repository/image_repository.h"
#include "hub/testing/test_publisher.h"
#include "sys/clock/clock.h"
#include "sys/crypto/hash.h"
#include "tuf/client.h"
#include "tuf/store.h"

namespace verge::hub {
namespace {

// Asks a hub as a device would.
class HubFetcher final : public tuf::Fetcher {
 public:
  HubFetcher(const TestHub& hub, const TestDevice& device) : hub_(hub), device_(device) {}
  Result<std::string> Fetch(const std::string& name, uint64_t) override {
    const auto answer = hub_.Device(device_, "GET", "/api/v1/repository/" + name);
    if (answer.status == 404) return VERGE_ERROR(kNotFound, name);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }

 private:
  const TestHub& hub_;
  const TestDevice& device_;
};

class RepositoryTest : public ::testing::Test {
 protected:
  // A device's search for a release, from the first root.
  Result<std::optional<tuf::Target>> Find(const std::string& path) {
    tuf::FolderStore store(hub.File("trust"));
    if (!sys::Exists(hub.File("trust/root.json"))) VERGE_TRY(store.Write("root.json", publisher.roots[0]));
    HubFetcher fetcher(hub, device);
    const int64_t now_ms = sys::SystemClock().WallMs();
    VERGE_TRY_ASSIGN(tuf::Client client, tuf::Client::Open(store));
    VERGE_TRY(client.UpdateRoot(fetcher));
    VERGE_TRY(client.Refresh(fetcher, now_ms));
    return client.Find(path, &fetcher, now_ms);
  }

  TestHub hub;
  TestPublisher publisher{hub};
  TestDevice device = hub.Enrol("demo");
};

TEST_F(RepositoryTest, ADeviceFindsWhatWasPublishedAndNotWhatWasWithdrawn) {
  publisher.Name("app/1", 5, sys::DigestNameOf("first"));
  ASSERT_EQ(publisher.Publish(hub).status, 204);
  auto found = Find("app/1");
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(**found, tuf::DescribeTarget("first"));
  publisher.Withdraw("app/1");
  ASSERT_EQ(publisher.Publish(hub).status, 204);
  EXPECT_FALSE(Find("app/1")->has_value());
  hub.Restart();
  publisher.Name("app/2", 6, sys::DigestNameOf("second"));
  ASSERT_EQ(publisher.Publish(hub).status, 204);
  EXPECT_TRUE(Find("app/2")->has_value());
}

TEST_F(RepositoryTest, TakesOnlyWhatFollowsAndNamesItsKeys) {
  ASSERT_EQ(publisher.Publish(hub).status, 204);
  EXPECT_EQ(publisher.Publish(hub).status, 204);  // the same again
  TestPublisher stranger(hub);
  const auto refused = stranger.Publish(hub);
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("not the chain of roots"), std::string::npos) << refused.body;
  publisher.Name("app/1", 5, sys::DigestNameOf("first"));
  publisher.targets.expires_ms = 1000;
  EXPECT_NE(publisher.Publish(hub).body.find("expired"), std::string::npos);
  TestHub other;
  ++publisher.root.version;
  publisher.NameOnlineKeys(other);
  EXPECT_NE(publisher.Publish(hub).body.find("does not name this hub's keys"), std::string::npos);
}

TEST_F(RepositoryTest, NewOnlineKeysSignAnewUnderANewRoot) {
  publisher.Name("app/1", 5, sys::DigestNameOf("first"));
  ASSERT_EQ(publisher.Publish(hub).status, 204);
  ASSERT_TRUE(Find("app/1")->has_value());
  hub.Stop();
  ASSERT_TRUE(sys::RemoveTree(hub.File("hub/online")).ok());
  hub.Restart();
  EXPECT_FALSE(Find("app/1").ok());
  ++publisher.root.version;
  publisher.NameOnlineKeys(hub);
  ASSERT_EQ(publisher.Publish(hub).status, 204);
  const auto found = Find("app/1");
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_TRUE(found->has_value());
}

TEST_F(RepositoryTest, TheDirectorSpeaksToOneDeviceAndLeavesOutWhatNobodySigned) {
  const std::string nonce(32, 'a');
  const auto answer = hub.Device(device, "GET", "/api/v1/device/director?nonce=" + nonce);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const tuf::Document<tuf::Director> director = tuf::ParseDirector(answer.body).value();
  EXPECT_EQ(director.value.device, device.id);
  EXPECT_EQ(director.value.nonce, nonce);
  EXPECT_GT(director.value.time_ms, 0);
  EXPECT_TRUE(tuf::CheckSignatures(director, publisher.root.keys, *publisher.root.director).ok());
  EXPECT_FALSE(tuf::CheckSignatures(director, publisher.root.keys, publisher.root.timestamp).ok());
}

TEST(ImageRepository, RenewsBeforeHalfOfALifeIsOver) {
  const sys::TempDir dir = sys::TempDir::Create().value();
  TestHub hub;  // for a publisher
  TestPublisher publisher(hub);
  sys::FakeClock clock;
  const OnlineKeys keys = LoadOnlineKeys(hub.File("hub")).value();
  const auto images = ImageRepository::Open(dir.path(), keys, clock, 1000).value();
  EXPECT_EQ(images->File("timestamp.json").code(), StatusCode::kNotFound);
  ASSERT_EQ(publisher.Publish(hub).status, 204);
  tuf::Bundle bundle =
      tuf::ParseBundle(sys::ReadFile(hub.File("hub/repository/published.json"), 1 << 20).value()).value();
  ASSERT_TRUE(images->Publish(bundle).ok());
  const std::string first = images->File("timestamp.json").value();
  EXPECT_EQ(*images->File("timestamp.json"), first);
  clock.Advance(600);
  const auto second = tuf::ParseTimestamp(*images->File("timestamp.json")).value();
  EXPECT_EQ(second.value.version, 2);
  clock.Advance(int64_t{4} * 86'400'000);
  const auto third = tuf::ParseTimestamp(*images->File("timestamp.json")).value();
  EXPECT_EQ(third.value.snapshot.version, 2);  // the snapshot's half was over too
  EXPECT_TRUE(images->File("2.snapshot.json").ok());
  EXPECT_TRUE(images->File("1.snapshot.json").ok());  // for devices in the middle of a refresh
  for (const char* bad : {"../published.json", "published.json", "", "3.snapshot.json"}) {
    EXPECT_EQ(images->File(bad).code(), StatusCode::kNotFound) << bad;
  }
}

}  // namespace
}  // namespace verge::hub
