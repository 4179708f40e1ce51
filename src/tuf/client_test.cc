// The workflow when nobody attacks: delegations, restarts, power cuts, offline checks, rotation.
#include <gtest/gtest.h>

#include "sys/file/temp_dir.h"
#include "tuf/testing/test_repository.h"

namespace verge::tuf {
namespace {

class ClientTest : public ::testing::Test {
 protected:
  Delegation Delegate(const std::string& name, const sys::Ed25519KeyPair& key, std::vector<std::string> paths) {
    Delegation out;
    out.name = name;
    out.role.keyids = {TestRepository::AddKey(repository.targets.keys, key)};
    out.paths = std::move(paths);
    return out;
  }
  static Targets RoleWith(const std::string& path, const std::string& bytes) {
    Targets out;
    out.version = 1;
    out.expires_ms = kNowMs + kDayMs;
    if (!path.empty()) out.targets[path] = DescribeTarget(bytes);
    return out;
  }

  TestRepository repository;
  TestDevice device{repository};
  const sys::Ed25519KeyPair vision = sys::GenerateEd25519();
  const sys::Ed25519KeyPair sound = sys::GenerateEd25519();
};

TEST_F(ClientTest, FindsATargetAndNothingElse) {
  EXPECT_EQ(device.Find(repository, "app/1")->value(), DescribeTarget("first"));
  EXPECT_FALSE(device.Find(repository, "app/2")->has_value());
}

TEST_F(ClientTest, FollowsTheOrderOfTheSpecification) {
  ASSERT_TRUE(device.Refresh(repository).ok());
  const std::vector<std::string> expected = {"2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"};
  EXPECT_EQ(repository.asked, expected);
  repository.asked.clear();
  ASSERT_TRUE(device.Refresh(repository).ok());  // nothing is new: two small questions
  EXPECT_EQ(repository.asked, (std::vector<std::string>{"2.root.json", "timestamp.json"}));
}

TEST_F(ClientTest, WithoutConsistentSnapshotsNamesHaveNoVersions) {
  repository.root.consistent_snapshot = false;
  repository.PublishRoot({repository.root_key});
  TestDevice plain(repository);
  repository.files["targets.json"] = repository.files["1.targets.json"];
  repository.files["snapshot.json"] = repository.files["1.snapshot.json"];
  EXPECT_TRUE(plain.Refresh(repository).ok());
  EXPECT_EQ(repository.asked.back(), "targets.json");
}

TEST_F(ClientTest, DelegationsByPatternInOrderOfPriority) {
  repository.targets.delegations = {Delegate("vision", vision, {"camera/*"}), Delegate("sound", sound, {"*/*"})};
  repository.PublishRole("vision", RoleWith("camera/1", "by vision"), vision);
  Targets second = RoleWith("camera/1", "by sound");
  second.targets["camera/2"] = second.targets["mic/1"] = DescribeTarget("by sound");
  repository.PublishRole("sound", second, sound);
  repository.Next();
  EXPECT_EQ(device.Find(repository, "camera/1")->value(), DescribeTarget("by vision"));
  EXPECT_EQ(device.Find(repository, "mic/1")->value(), DescribeTarget("by sound"));
  EXPECT_EQ(device.Find(repository, "camera/2")->value(), DescribeTarget("by sound"));
  repository.targets.delegations[0].terminating = true;
  repository.Next();
  EXPECT_FALSE(device.Find(repository, "camera/2")->has_value());
}

TEST_F(ClientTest, ADelegatedRoleSpeaksOnlyForItsPathsWithItsOwnKeys) {
  repository.targets.delegations = {Delegate("vision", vision, {"camera/*"})};
  repository.PublishRole("vision", RoleWith("mic/1", "not its own"), vision);
  repository.Next();
  EXPECT_FALSE(device.Find(repository, "mic/1")->has_value());
  Targets newer = RoleWith("camera/1", "by sound");
  newer.version = 2;
  repository.PublishRole("vision", newer, sound);
  repository.Next();
  ExpectRefused(device.Find(repository, "camera/1").status(), "vision metadata: signed by 0");
}

TEST_F(ClientTest, DelegationsByHashPrefixAndCyclesEnd) {
  Delegation all = Delegate("vision", vision, {});
  for (const char* digit : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"}) {
    all.path_hash_prefixes.emplace_back(digit);
  }
  repository.targets.delegations = {all};
  Targets inner = RoleWith("any/1", "found by its hash");
  inner.keys = repository.targets.keys;
  inner.delegations = {all};  // itself
  repository.PublishRole("vision", inner, vision);
  repository.Next();
  EXPECT_EQ(device.Find(repository, "any/1")->value(), DescribeTarget("found by its hash"));
  EXPECT_FALSE(device.Find(repository, "none/1")->has_value());
}

TEST_F(ClientTest, TooManyDelegationsAreRefused) {
  for (size_t i = 0; i < kMaxVisitedRoles + 1; ++i) {
    const std::string name = "r" + std::to_string(i);
    repository.targets.delegations.push_back(Delegate(name, vision, {"*/*"}));
    repository.PublishRole(name, RoleWith("", ""), vision);
  }
  repository.Next();
  ExpectRefused(device.Find(repository, "none/1").status(), "delegations lead to");
}

TEST_F(ClientTest, WhatWasTrustedIsThereWithoutNetwork) {
  repository.targets.delegations = {Delegate("vision", vision, {"camera/*"})};
  repository.PublishRole("vision", RoleWith("camera/1", "by vision"), vision);
  repository.Next();
  ASSERT_TRUE(device.Find(repository, "camera/1").ok());
  Client client = Client::Open(device.store).value();
  EXPECT_EQ(client.Find("app/1", nullptr, 0).code(), StatusCode::kFailedPrecondition);
  ASSERT_TRUE(client.LoadTrusted().ok());
  EXPECT_EQ(client.Find("app/1", nullptr, 0)->value(), DescribeTarget("first"));
  EXPECT_EQ(client.Find("camera/1", nullptr, 0)->value(), DescribeTarget("by vision"));
  device.store.files.erase("role-vision.json");
  EXPECT_FALSE(client.Find("camera/1", nullptr, 0).ok());
}

TEST_F(ClientTest, DamagedTrustedMetadataAreFetchedAnew) {
  ASSERT_TRUE(device.Refresh(repository).ok());
  for (auto& [name, bytes] : device.store.files) {
    if (name != "root.json") bytes.resize(bytes.size() / 2);
  }
  EXPECT_EQ(device.Find(repository, "app/1")->value(), DescribeTarget("first"));
  device.store.files.erase("root.json");
  EXPECT_EQ(device.Refresh(repository).code(), StatusCode::kFailedPrecondition);
}

TEST_F(ClientTest, PowerCutAtEveryWriteOfARefreshWithARotation) {
  ASSERT_TRUE(device.Refresh(repository).ok());
  ++repository.root.version;
  repository.snapshot_key = sys::GenerateEd25519();
  repository.SetRole(repository.root.snapshot, {repository.snapshot_key});
  repository.PublishRoot({repository.root_key});
  repository.targets.targets["app/2"] = DescribeTarget("second");
  repository.Next();
  int cuts = 0;
  for (int writes = 0;; ++writes) {
    TestDevice copy = device;
    copy.store.writes_left = writes;
    const bool is_whole = copy.Refresh(repository).ok();
    copy.store.writes_left = -1;
    const auto found = copy.Find(repository, "app/2");
    ASSERT_TRUE(found.ok()) << writes << " writes: " << found.status().ToString();
    EXPECT_EQ(found->value(), DescribeTarget("second"));
    if (is_whole) break;
    ++cuts;
  }
  EXPECT_EQ(cuts, 4);  // root, timestamp, snapshot, targets
}

TEST_F(ClientTest, AChainOfRootsIsWalkedStepByStep) {
  for (int i = 0; i < 3; ++i) {
    const auto next = sys::GenerateEd25519();
    ++repository.root.version;
    repository.SetRole(repository.root.root, {next});
    repository.PublishRoot({repository.root_key, next});
    repository.root_key = next;
  }
  ASSERT_TRUE(device.Refresh(repository).ok());
  EXPECT_EQ(Client::Open(device.store)->root().version, 4);
}

TEST_F(ClientTest, AFolderKeepsWhatWasWritten) {
  const sys::TempDir dir = sys::TempDir::Create().value();
  FolderStore store(dir.File("trust"));
  EXPECT_TRUE(store.List()->empty());
  EXPECT_EQ(store.Read("root.json").code(), StatusCode::kNotFound);
  ASSERT_TRUE(store.Write("root.json", "x").ok());
  EXPECT_EQ(*store.Read("root.json"), "x");
  EXPECT_EQ(store.List()->size(), 1U);
  ASSERT_TRUE(store.Remove("root.json").ok());
  EXPECT_TRUE(store.Remove("root.json").ok());
}

}  // namespace
}  // namespace verge::tuf
