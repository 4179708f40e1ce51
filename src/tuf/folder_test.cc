#include "tuf/folder.h"

#include <gtest/gtest.h>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "tuf/testing/test_repository.h"

namespace verge::tuf {
namespace {

class FolderTest : public ::testing::Test {
 protected:
  Folder Create() {
    TestRepository names;  // for its keys
    Root root = names.root;
    names.SetRole(names.root.root, {root_key, second});
    names.SetRole(names.root.targets, {targets_key});
    root = names.root;
    Folder folder = Folder::Create(dir.File("repo"), root, kNowMs, kNowMs).value();
    EXPECT_EQ(folder.Sign(root_key)->size(), 1U);
    EXPECT_EQ(folder.Sign(targets_key)->size(), 1U);
    return folder;
  }

  sys::TempDir dir = sys::TempDir::Create().value();
  sys::Ed25519KeyPair root_key = sys::GenerateEd25519();
  sys::Ed25519KeyPair second = sys::GenerateEd25519();
  sys::Ed25519KeyPair targets_key = sys::GenerateEd25519();
};

TEST_F(FolderTest, ComesBackAsItWasWrittenAndPacks) {
  Folder folder = Create();
  const Folder again = Folder::Open(dir.File("repo")).value();
  EXPECT_EQ(ToJson(*again.Pack()), ToJson(*folder.Pack()));
  EXPECT_TRUE(sys::Exists(dir.File("repo/root.json")));
  EXPECT_EQ(Folder::Open(dir.File("none")).code(), StatusCode::kNotFound);
  EXPECT_EQ(Folder::Create(dir.File("repo"), Root(), 0, 0).code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(Published::Check(ParseBundle(ToJson(*folder.Pack())).value()).ok());
}

TEST_F(FolderTest, ADraftIsChangedInPlaceAndACompleteOneGetsASuccessor) {
  Folder folder = Create();
  Targets targets = folder.role("targets").value();
  targets.targets["app/1"] = DescribeTarget("1");
  ASSERT_TRUE(folder.SetRole("targets", targets, kNowMs).ok());
  targets.targets["app/2"] = DescribeTarget("2");
  ASSERT_TRUE(folder.SetRole("targets", targets, kNowMs).ok());
  EXPECT_EQ(folder.role("targets")->version, 2);
  EXPECT_EQ(folder.Pack().code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(folder.Sign(second)->empty());  // no targets key
  EXPECT_EQ(folder.Sign(targets_key)->size(), 1U);
  EXPECT_TRUE(folder.Pack().ok());
  ASSERT_TRUE(folder.SetRole("targets", targets, kNowMs).ok());
  EXPECT_EQ(folder.role("targets")->version, 3);
}

TEST_F(FolderTest, ARotatedRootNeedsOldAndNewKeys) {
  Folder folder = Create();
  const auto fresh = sys::GenerateEd25519();
  Root next = folder.root();
  next.root = {{TestRepository::AddKey(next.keys, fresh)}, 1};
  ASSERT_TRUE(folder.SetRoot(next, kNowMs).ok());
  EXPECT_EQ(folder.States()[0].lacks, "1 more signature of role root");
  ASSERT_TRUE(folder.Sign(fresh).ok());
  EXPECT_EQ(folder.States()[0].lacks, "1 more signature of the former root's keys");
  const std::string before = sys::ReadFile(dir.File("repo/root.json"), 1 << 20).value();
  EXPECT_NE(before.find(R"("version":1)"), std::string::npos);  // devices still get the complete one
  ASSERT_TRUE(folder.Sign(second).ok());
  EXPECT_TRUE(folder.States()[0].is_complete);
  EXPECT_EQ(folder.Pack()->roots.size(), 2U);
}

TEST_F(FolderTest, DelegatedRolesAreSignedByTheirOwn) {
  Folder folder = Create();
  const auto vision = sys::GenerateEd25519();
  EXPECT_EQ(folder.role("vision").code(), StatusCode::kNotFound);
  EXPECT_EQ(folder.SetRole("vision", Targets(), kNowMs).code(), StatusCode::kNotFound);
  Targets targets = folder.role("targets").value();
  Delegation delegation{"vision", {{TestRepository::AddKey(targets.keys, vision)}, 1}, {"camera/*"}, {}, false};
  targets.delegations.push_back(delegation);
  ASSERT_TRUE(folder.SetRole("targets", targets, kNowMs).ok());
  Targets role = folder.role("vision").value();
  role.targets["camera/1"] = DescribeTarget("1");
  role.targets["mic/1"] = DescribeTarget("1");
  ASSERT_TRUE(folder.SetRole("vision", role, kNowMs).ok());
  ASSERT_TRUE(folder.Sign(targets_key).ok());
  EXPECT_FALSE(folder.Pack().ok());
  ASSERT_TRUE(folder.Sign(vision).ok());
  const Published published = Published::Check(*folder.Pack()).value();
  EXPECT_TRUE(published.Find("camera/1")->has_value());
  EXPECT_FALSE(published.Find("mic/1")->has_value());
  EXPECT_EQ(published.Meta().size(), 2U);
  EXPECT_EQ(published.Files().size(), 3U);
}

TEST_F(FolderTest, AHubTakesOnlyWhatFollows) {
  Folder folder = Create();
  const Published first = Published::Check(*folder.Pack()).value();
  Targets targets = folder.role("targets").value();
  targets.targets["app/1"] = DescribeTarget("1");
  ASSERT_TRUE(folder.SetRole("targets", targets, kNowMs).ok());
  ASSERT_TRUE(folder.Sign(targets_key).ok());
  const Published second_one = Published::Check(*folder.Pack()).value();
  EXPECT_TRUE(first.CheckFollowedBy(first).ok());
  EXPECT_TRUE(first.CheckFollowedBy(second_one).ok());
  ExpectRefused(second_one.CheckFollowedBy(first), "does not follow version 2");
  Bundle other = first.bundle();
  TestRepository stranger;
  other.roots = {stranger.files.at("1.root.json")};
  other.targets = stranger.files.at("1.targets.json");
  ExpectRefused(first.CheckFollowedBy(Published::Check(other).value()), "not the chain of roots");
  other.targets = first.bundle().targets;
  ExpectRefused(Published::Check(other).status(), "targets metadata: signed by 0");
  other.roots.clear();
  EXPECT_FALSE(Published::Check(other).ok());
  EXPECT_FALSE(ParseBundle("{}").ok());
}

}  // namespace
}  // namespace verge::tuf
