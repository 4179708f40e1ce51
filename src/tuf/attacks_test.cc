// Each attack of the TUF specification against the client workflow.
#include <gtest/gtest.h>

#include "tuf/testing/test_repository.h"

namespace verge::tuf {
namespace {

class Attacks : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(device.Refresh(repository).ok()); }

  TestRepository repository;
  TestDevice device{repository};
  const sys::Ed25519KeyPair stranger = sys::GenerateEd25519();
};

TEST_F(Attacks, ArbitrarySoftwareTargetsByAStranger) {
  ++repository.targets.version;
  repository.NextSnapshot();
  repository.targets.targets["app/2"] = DescribeTarget("evil");
  repository.PublishRole("targets", repository.targets, stranger);
  repository.PublishSnapshot();
  ExpectRefused(device.Refresh(repository), "signed by 0 of the 1 trusted keys");
}

TEST_F(Attacks, EveryRoleByAStranger) {
  TestRepository mirror = repository;
  mirror.NextSnapshot();
  mirror.timestamp_key = stranger;
  mirror.Publish();
  ExpectRefused(device.Refresh(mirror), "timestamp metadata: signed by 0");
  mirror = repository;
  mirror.NextSnapshot();
  mirror.snapshot_key = stranger;
  mirror.Publish();
  ExpectRefused(device.Refresh(mirror), "snapshot metadata: signed by 0");
}

TEST_F(Attacks, RollbackOfTimestampSnapshotAndTargets) {
  const TestRepository old = repository;
  repository.Next();
  ASSERT_TRUE(device.Refresh(repository).ok());
  TestRepository replay = old;
  ExpectRefused(device.Refresh(replay), "timestamp metadata: version 1 is older");
  replay = old;  // with the timestamp key stolen
  replay.timestamp.version = 9;
  replay.PublishTimestamp();
  ExpectRefused(device.Refresh(replay), "snapshot metadata: version 1 is older");
  replay = old;  // with the snapshot key stolen as well
  replay.timestamp.version = replay.snapshot.version = 9;
  replay.PublishSnapshot();
  ExpectRefused(device.Refresh(replay), "targets.json metadata: version 1 is older");
}

TEST_F(Attacks, RollbackOfTargetsWithNewOnlineKeysAndAnEmptySnapshot) {
  const TestRepository old = repository;
  repository.Next();
  ASSERT_TRUE(device.Refresh(repository).ok());
  // The snapshot key was rotated, so the trusted snapshot is forgotten: the targets still remember their version.
  TestRepository replay = old;
  replay.root = repository.root;
  ++replay.root.version;
  replay.snapshot_key = sys::GenerateEd25519();
  replay.SetRole(replay.root.snapshot, {replay.snapshot_key});
  replay.PublishRoot({repository.root_key});
  replay.PublishSnapshot();
  ExpectRefused(device.Refresh(replay), "targets metadata: version 1 is older");
}

TEST_F(Attacks, RollbackOfTheRoot) {
  ++repository.root.version;
  repository.PublishRoot({repository.root_key});
  ASSERT_TRUE(device.Refresh(repository).ok());
  repository.files["3.root.json"] = repository.files["1.root.json"];
  ExpectRefused(device.Refresh(repository), "root metadata: version 1 where 3 must follow");
  repository.root.version = 4;
  repository.files["3.root.json"] = TestRepository::Signed(repository.root, {repository.root_key});
  ExpectRefused(device.Refresh(repository), "root metadata: version 4 where 3 must follow");
}

TEST_F(Attacks, FreezeEndsWithTheExpiryOfEachRole) {
  for (Header* header : {static_cast<Header*>(&repository.timestamp), static_cast<Header*>(&repository.snapshot),
                         static_cast<Header*>(&repository.targets)}) {
    header->expires_ms = kNowMs + kDayMs;
    repository.Next();
    EXPECT_TRUE(device.Refresh(repository).ok());
    ExpectRefused(device.Refresh(repository, kNowMs + kDayMs), "expired at");
    header->expires_ms = kNowMs + 30 * kDayMs;
  }
  repository.Next();
  ExpectRefused(device.Refresh(repository, kNowMs + 30 * kDayMs), "root metadata: expired");
}

TEST_F(Attacks, FastForwardIsUndoneByNewKeys) {
  // Somebody with the online keys sends the version numbers to the end of the world.
  TestRepository evil = repository;
  evil.timestamp.version = evil.snapshot.version = int64_t{1} << 50;
  evil.snapshot.meta["targets.json"].version = int64_t{1} << 50;
  evil.PublishSnapshot();
  EXPECT_FALSE(device.Refresh(evil).ok());
  ExpectRefused(device.Refresh(repository), "is older than the trusted");
  ++repository.root.version;
  repository.timestamp_key = sys::GenerateEd25519();
  repository.snapshot_key = sys::GenerateEd25519();
  repository.SetRole(repository.root.timestamp, {repository.timestamp_key});
  repository.SetRole(repository.root.snapshot, {repository.snapshot_key});
  repository.PublishRoot({repository.root_key});
  repository.Publish();
  const Status recovered = device.Refresh(repository);
  EXPECT_TRUE(recovered.ok()) << recovered.ToString();
}

TEST_F(Attacks, MixAndMatch) {
  const TestRepository old = repository;
  repository.Next();
  TestRepository mixed =
      repository;  // the new snapshot with the old targets under the new name, and the other way round
  mixed.files["2.targets.json"] = old.files.at("1.targets.json");
  ExpectRefused(TestDevice(device).Refresh(mixed), "targets metadata: other bytes");
  mixed = repository;
  mixed.files["2.snapshot.json"] = old.files.at("1.snapshot.json");
  ExpectRefused(TestDevice(device).Refresh(mixed), "snapshot metadata: other bytes");
  mixed = repository;  // a snapshot that names no hashes: the version must still be the one that is named
  mixed.snapshot.meta["targets.json"] = {2, std::nullopt, ""};
  mixed.files["2.targets.json"] = old.files.at("1.targets.json");
  mixed.PublishSnapshot();
  ExpectRefused(TestDevice(device).Refresh(mixed), "version 1 where the snapshot names 2");
}

TEST_F(Attacks, ARoleThatDisappears) {
  repository.PublishRole("vision", {Targets{{1, kNowMs + kDayMs}, {}, {}, {}}}, stranger);
  repository.Next();
  ASSERT_TRUE(device.Refresh(repository).ok());
  repository.snapshot.meta.erase("vision.json");
  repository.Next();
  ExpectRefused(device.Refresh(repository), "vision.json has disappeared");
}

TEST_F(Attacks, EndlessData) {
  repository.Next();
  for (const auto& [name, limit] :
       std::map<std::string, size_t>{{"timestamp.json", kMaxTimestampBytes},
                                     {"2.root.json", kMaxRootBytes},
                                     {"2.snapshot.json", repository.files["2.snapshot.json"].size()},
                                     {"2.targets.json", repository.files["2.targets.json"].size()}}) {
    TestRepository endless = repository;
    endless.files[name] = std::string(limit + 1, ' ');
    TestDevice copy = device;
    ExpectRefused(copy.Refresh(endless), "larger than allowed");
    EXPECT_TRUE(copy.Refresh(repository).ok());
  }
}

TEST_F(Attacks, RootsWithoutEnd) {
  TestRepository endless = repository;
  for (size_t i = 0; i < kMaxRootUpdates + 5; ++i) {
    ++endless.root.version;
    endless.PublishRoot({endless.root_key});
  }
  EXPECT_TRUE(device.Refresh(endless).ok());  // one refresh stops; the next goes on
  EXPECT_EQ(Client::Open(device.store)->root().version, static_cast<int64_t>(kMaxRootUpdates) + 1);
}

TEST_F(Attacks, KeysBelowTheThreshold) {
  const auto second = sys::GenerateEd25519();
  const auto third = sys::GenerateEd25519();
  ++repository.root.version;
  repository.SetRole(repository.root.targets, {repository.targets_key, second, third}, 2);
  repository.PublishRoot({repository.root_key});
  ++repository.targets.version;
  repository.NextSnapshot();
  const auto publish = [&](const std::vector<sys::Ed25519KeyPair>& keys) {
    const std::string text = TestRepository::Signed(repository.targets, keys);
    repository.files["2.targets.json"] = text;
    repository.snapshot.meta["targets.json"] = DescribeFile(2, text);
    repository.PublishSnapshot();
  };
  publish({second});
  ExpectRefused(device.Refresh(repository), "signed by 1 of the 2 trusted keys");
  ++repository.timestamp.version, ++repository.snapshot.version;
  publish({second, stranger});
  ExpectRefused(device.Refresh(repository), "signed by 1 of the 2 trusted keys");
  ++repository.timestamp.version, ++repository.snapshot.version;
  publish({second, third});
  EXPECT_TRUE(device.Refresh(repository).ok());
}

TEST_F(Attacks, OneKeyUnderTwoNamesCountsOnce) {
  ++repository.root.version;
  repository.root.targets.threshold = 2;
  repository.root.targets.keyids.push_back("abcd");
  repository.root.keys["abcd"] = Ed25519Key(repository.targets_key.public_key);
  repository.PublishRoot({repository.root_key});
  Document<Targets> document = MakeDocument(repository.targets).value();
  ASSERT_TRUE(AddSignature(document.canonical, repository.targets_key, document.signatures).ok());
  document.signatures.push_back({"abcd", document.signatures[0].bytes});
  EXPECT_EQ(CountSigners(document.canonical, document.signatures, repository.root.keys, repository.root.targets), 1U);
}

TEST_F(Attacks, ANewRootNeedsTheOldKeysAndItsOwn) {
  const auto fresh = sys::GenerateEd25519();
  ++repository.root.version;
  repository.SetRole(repository.root.root, {fresh});
  repository.PublishRoot({fresh});
  ExpectRefused(device.Refresh(repository), "the new root metadata: signed by 0");
  repository.PublishRoot({repository.root_key});
  ExpectRefused(device.Refresh(repository), "by its own keys, metadata: signed by 0");
  repository.PublishRoot({repository.root_key, fresh});
  EXPECT_TRUE(device.Refresh(repository).ok());
}

TEST_F(Attacks, ARevokedTargetsKeyCountsNoMore) {
  const auto fresh = sys::GenerateEd25519();
  ++repository.root.version;
  repository.SetRole(repository.root.targets, {fresh});
  repository.PublishRoot({repository.root_key});
  ExpectRefused(device.Refresh(repository), "targets metadata: signed by 0");
  repository.targets_key = fresh;
  repository.Next();
  EXPECT_TRUE(device.Refresh(repository).ok());
}

TEST_F(Attacks, AnyChangedByteOfAnyFile) {
  repository.targets.targets["app/2"] = DescribeTarget("second");
  repository.Next();
  const TestRepository good = repository;
  for (const char* name : {"timestamp.json", "2.snapshot.json", "2.targets.json"}) {
    const std::string& text = good.files.at(name);
    for (size_t i = 0; i < text.size(); i += 7) {
      TestRepository changed = good;
      changed.files[name][i] = static_cast<char>(text[i] ^ 1);
      TestDevice copy = device;
      const auto found = copy.Find(changed, "app/2");
      // A change outside of what is signed may be harmless; it must never change what is found.
      EXPECT_TRUE(!found.ok() || found->value() == DescribeTarget("second")) << name << " byte " << i;
    }
  }
}

}  // namespace
}  // namespace verge::tuf
