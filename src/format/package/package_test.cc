#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "format/package/layout.h"
#include "format/package/manifest.h"
#include "format/package/signature.h"
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
    std::vector<std::string> envelopes;
  };
  Parts PartsOf(const Layout& layout) {
    Parts parts{*ReadBlob(layout, layout.descriptor), *ReadBlob(layout, layout.manifest.config), {}};
    for (const Descriptor& signature : layout.signatures) {
      parts.envelopes.push_back(*ReadBlob(layout, ParseSignatureManifest(*ReadBlob(layout, signature))->envelope));
    }
    return parts;
  }

  sys::TempDir dir_ = sys::TempDir::Create().value();
  std::vector<Source> sources_;
  sys::Ed25519KeyPair key_ = sys::GenerateEd25519();
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
  Layout layout = Pack("out");
  ASSERT_TRUE(SignLayout(layout, key_).ok());
  ASSERT_TRUE(SignLayout(layout, key_).ok());
  const Result<Layout> read = ReadLayout(dir_.File("out"));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->descriptor, layout.descriptor);
  EXPECT_EQ(read->signatures.size(), 1u) << "Ed25519 signs the same bytes the same way";
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

TEST_F(PackageTest, VerifiesOnlyWhatATrustedKeySigned) {
  Layout layout = Pack("out");
  const Release wanted = ReleaseOf(layout);
  const std::vector<std::string> trusted = {sys::GenerateEd25519().public_key, key_.public_key};
  Parts parts = PartsOf(layout);
  EXPECT_EQ(VerifyPackage(wanted, parts.manifest, parts.config, parts.envelopes, trusted).code(),
            StatusCode::kPermission);

  ASSERT_TRUE(SignLayout(layout, key_).ok());
  parts = PartsOf(layout);
  const auto good = VerifyPackage(wanted, parts.manifest, parts.config, parts.envelopes, trusted);
  ASSERT_TRUE(good.ok()) << good.status().ToString();
  EXPECT_EQ(good->keyid(), KeyId(key_.public_key));
  EXPECT_EQ(good->manifest().files.size(), 3u);

  const std::vector<std::string> strangers = {sys::GenerateEd25519().public_key};
  EXPECT_EQ(VerifyPackage(wanted, parts.manifest, parts.config, parts.envelopes, strangers).code(),
            StatusCode::kPermission);
  EXPECT_EQ(VerifyPackage(wanted, parts.manifest + " ", parts.config, parts.envelopes, trusted).code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(VerifyPackage(wanted, parts.manifest, parts.config + " ", parts.envelopes, trusted).code(),
            StatusCode::kDataLoss);
  Release other = wanted;
  other.version = 2;
  EXPECT_EQ(VerifyPackage(other, parts.manifest, parts.config, parts.envelopes, trusted).code(), StatusCode::kDataLoss);
}

TEST_F(PackageTest, ASignatureOfAnotherReleaseDoesNotCount) {
  Layout layout = Pack("out");
  Release other = ReleaseOf(layout);
  other.version = 7;
  const std::vector<std::string> envelopes = {*SignRelease(other, key_)};
  const Parts parts = PartsOf(layout);
  const std::vector<std::string> trusted = {key_.public_key};
  const auto refused = VerifyPackage(ReleaseOf(layout), parts.manifest, parts.config, envelopes, trusted);
  EXPECT_EQ(refused.code(), StatusCode::kPermission);
  EXPECT_NE(refused.status().message().find("another release"), std::string::npos);
}

TEST_F(PackageTest, AnyFlippedBitOfAnEnvelopeIsRefusedOrHarmless) {
  const Layout layout = Pack("out");
  const Release release = ReleaseOf(layout);
  const std::string envelope = *SignRelease(release, key_);
  const std::vector<std::string> trusted = {key_.public_key};
  for (size_t bit = 0; bit < envelope.size() * 8; ++bit) {
    std::string changed = envelope;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const Result<SignedRelease> got = VerifyEnvelope(changed, trusted);
    const bool is_harmless = !got.ok() || got->release == release;  // the key id is only a hint
    EXPECT_TRUE(is_harmless) << "bit " << bit;
  }
}

TEST_F(PackageTest, KeyFilesComeBack) {
  ASSERT_TRUE(WriteKeyFiles(dir_.File("publisher"), key_).ok());
  EXPECT_EQ(WriteKeyFiles(dir_.File("publisher"), key_).code(), StatusCode::kAlreadyExists);
  struct stat info{};
  ASSERT_EQ(stat(dir_.File("publisher.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(ReadSecretKeyFile(dir_.File("publisher.key"))->secret_key, key_.secret_key);
  EXPECT_EQ(*ReadPublicKeyFile(dir_.File("publisher.pub")), key_.public_key);
  EXPECT_EQ(*ReadPublicKeyFile(dir_.File("publisher.key")), key_.public_key);
  EXPECT_EQ(ReadSecretKeyFile(dir_.File("publisher.pub")).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(sys::WriteFileAtomic(dir_.File("bad.key"), "{}").ok());
  EXPECT_EQ(ReadSecretKeyFile(dir_.File("bad.key")).code(), StatusCode::kInvalidArgument);
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
