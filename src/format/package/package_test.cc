#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "format/package/layout.h"
#include "format/package/manifest.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::package {
namespace {

class PackageTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sys::MakeDirs(dir_.File("app/golden")).ok());
    for (const char* name : {"app.yaml", "m.vg", "golden/in.npy"}) {
      ASSERT_TRUE(sys::WriteFileAtomic(dir_.File("app/") + name, std::string("bytes of ") + name).ok());
      sources_.push_back({name, dir_.File("app/") + name});
    }
  }
  Layout Pack(const std::string& out) {
    Result<Layout> layout = PackFiles("demo", 1, sources_, dir_.File(out));
    EXPECT_TRUE(layout.ok()) << layout.status().ToString();
    return std::move(layout).value();
  }
  Release ReleaseOf(const Layout& layout) {
    return {"demo", layout.manifest.version, layout.descriptor.digest, layout.descriptor.size};
  }
  // Everything VerifyPackage wants, from a layout.
  struct Parts {
    std::string manifest, config;
  };
  Parts PartsOf(const Layout& layout) {
    return {*ReadBlob(layout, layout.descriptor), *ReadBlob(layout, layout.manifest.config)};
  }

  sys::TempDir dir_ = sys::TempDir::Create().value();
  std::vector<Source> sources_;
};

TEST_F(PackageTest, SameInputsGiveTheSameBytesInAnyOrder) {
  const Layout first = Pack("one");
  std::reverse(sources_.begin(), sources_.end());
  const Layout second = Pack("two");
  EXPECT_EQ(first.descriptor, second.descriptor);
  EXPECT_EQ(*sys::ReadFile(dir_.File("one/index.json"), 10000), *sys::ReadFile(dir_.File("two/index.json"), 10000));
  EXPECT_EQ(first.manifest.files.size(), 3u);
  EXPECT_EQ(first.manifest.files[2].blob.media_type, kModelType);
  const Layout again = Pack("one");
  EXPECT_EQ(again.descriptor, first.descriptor) << "packing over an older package replaces it";
}

TEST_F(PackageTest, ReadsWhatItWroteAndFindsDamage) {
  const Layout layout = Pack("out");
  const Result<Layout> read = ReadLayout(dir_.File("out"));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->descriptor, layout.descriptor);
  const std::string path = layout.BlobPath(layout.manifest.config.digest);
  std::string bytes = *sys::ReadFile(path, 100000);
  bytes[5] = static_cast<char>(bytes[5] ^ 1);
  ASSERT_TRUE(sys::WriteFileAtomic(path, bytes).ok());
  EXPECT_EQ(ReadLayout(dir_.File("out")).code(), StatusCode::kDataLoss);
}

TEST_F(PackageTest, RefusesAFolderThatIsNoPackage) {
  ASSERT_TRUE(sys::MakeDirs(dir_.File("precious")).ok());
  ASSERT_TRUE(sys::WriteFileAtomic(dir_.File("precious/thesis.txt"), "x").ok());
  EXPECT_EQ(PackFiles("demo", 1, sources_, dir_.File("precious")).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(PackFiles("Demo", 1, sources_, dir_.File("x")).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PackFiles("demo", 0, sources_, dir_.File("x")).code(), StatusCode::kDataLoss);
  sources_.erase(sources_.begin());
  EXPECT_NE(PackFiles("demo", 1, sources_, dir_.File("x")).status().message().find("app.yaml"), std::string::npos);
}

TEST_F(PackageTest, AFailedPackLeavesTheOlderPackage) {
  const Layout first = Pack("out");
  sources_.push_back({"zz.bin", dir_.File("missing.bin")});
  EXPECT_EQ(PackFiles("demo", 2, sources_, dir_.File("out")).code(), StatusCode::kNotFound);
  const Result<Layout> read = ReadLayout(dir_.File("out"));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->descriptor, first.descriptor);
  sources_.pop_back();
  EXPECT_EQ(Pack("out/").descriptor, first.descriptor);
  EXPECT_EQ(*sys::ListDir(dir_.path()), (std::vector<std::string>{"app", "out"})) << "nothing else is left behind";
}

TEST_F(PackageTest, VerifiesOnlyWhatWasWanted) {
  const Layout layout = Pack("out");
  const Release wanted = ReleaseOf(layout);
  const Parts parts = PartsOf(layout);
  const auto good = VerifyPackage(wanted, parts.manifest, parts.config);
  ASSERT_TRUE(good.ok()) << good.status().ToString();
  EXPECT_EQ(good->manifest().files.size(), 3u);
  EXPECT_EQ(VerifyPackage(wanted, parts.manifest + " ", parts.config).code(), StatusCode::kDataLoss);
  EXPECT_EQ(VerifyPackage(wanted, parts.manifest, parts.config + " ").code(), StatusCode::kDataLoss);
  for (Release other : {Release{"other", 1, wanted.manifest_digest, wanted.manifest_size},
                        Release{"demo", 2, wanted.manifest_digest, wanted.manifest_size},
                        Release{"demo", 1, wanted.manifest_digest, wanted.manifest_size + 1},
                        Release{"demo", 1, "sha256:" + std::string(64, '0'), wanted.manifest_size}}) {
    EXPECT_EQ(VerifyPackage(other, parts.manifest, parts.config).code(), StatusCode::kDataLoss);
  }
}

TEST(SafePath, OnlyInside) {
  for (const char* good : {"a", "a/b", "a.b/..c", ".hidden"}) EXPECT_TRUE(IsSafePath(good)) << good;
  for (const char* bad : {"", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "a\\b", "a\nb"})
    EXPECT_FALSE(IsSafePath(bad)) << bad;
  EXPECT_FALSE(IsSafePath(std::string(256, 'a')));
}

// A manifest with one thing wrong: what to replace, by what, and what the error says.
TEST_F(PackageTest, HostileManifestsAreRefused) {
  const Layout layout = Pack("out");
  const std::string good = *ReadBlob(layout, layout.descriptor);
  ASSERT_TRUE(ParseManifest(good).ok());
  const std::vector<std::array<std::string, 3>> cases = {
      {"golden/in.npy", "../../etc/passwd", "relative path"},
      {"golden/in.npy", "app.yaml", "twice"},
      {"golden/in.npy", "m.vg/x", "below another file"},
      {"\"app.yaml\"", "\"other.yaml\"", "app.yaml is not among"},
      {"\"dev.verge.version\":\"1\"", "\"dev.verge.version\":\"01\"", "dev.verge.version"},
      {"\"dev.verge.version\":\"1\"", "\"dev.verge.version\":\"2147483648\"", "dev.verge.version"},
      {"\"dev.verge.app\":\"demo\"", "\"dev.verge.app\":\"De\"", "dev.verge.app"},
      {kModelType, "text/html", "layers.mediaType"},
      {kAppType, "text/html", "artifactType"},
      {"\"schemaVersion\":2", "\"schemaVersion\":1", "schemaVersion"},
      {"\"size\":", "\"size\":99999", "size"},
      {"sha256:", "sha512:", "digest"},
  };
  for (const auto& [from, to, expected] : cases) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), from.size(), to);
    if (from == "\"size\":") bad.replace(bad.find("99999"), 5, "99999999999");
    const Result<Manifest> refused = ParseManifest(bad);
    ASSERT_FALSE(refused.ok()) << to;
    EXPECT_EQ(refused.code(), StatusCode::kDataLoss);
    EXPECT_NE(refused.status().message().find(expected), std::string::npos) << refused.status().message();
  }
  for (size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(ParseManifest(good.substr(0, n)).ok()) << n;
}

}  // namespace
}  // namespace verge::package
