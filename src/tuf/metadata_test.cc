#include "tuf/metadata.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sys/crypto/ecdsa.h"
#include "sys/crypto/encode.h"
#include "tuf/canonical_json.h"
#include "tuf/delegation.h"
#include "tuf/testing/test_repository.h"

namespace verge::tuf {
namespace {

TEST(CanonicalJson, OneSpelling) {
  const auto canonical = [](const char* text) { return CanonicalJson(nlohmann::json::parse(text)); };
  EXPECT_EQ(*canonical(R"( { "b" : [ 1 , -2, true, null ], "a" : "q\"\\\n" } )"),
            "{\"a\":\"q\\\"\\\\\n\",\"b\":[1,-2,true,null]}");
  EXPECT_EQ(*canonical("[[],{},\"\\u00e9\",[1,2]]"), "[[],{},\"\xc3\xa9\",[1,2]]");
  EXPECT_EQ(*canonical("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(canonical("[1.5]").code(), StatusCode::kDataLoss);
  EXPECT_EQ(canonical("[1e3]").code(), StatusCode::kDataLoss);
}

TEST(Time, ThereAndBack) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(*ParseTime("2000-02-29T23:59:59Z"), 951'868'799'000);
  EXPECT_EQ(FormatTime(951'868'799'999), "2000-02-29T23:59:59Z");
  EXPECT_EQ(*ParseTime("2000-02-29T23:59:59.123Z"), 951'868'799'000);
  for (const char* bad : {"", "2000-02-30T00:00:00Z", "2000-13-01T00:00:00Z", "2000-01-01T24:00:00Z",
                          "2000-01-01T00:00:00", "2000-01-01 00:00:00Z", "2000-01-01T00:00:00+01:00",
                          "2000-01-01T00:00:00.Z", "20x0-01-01T00:00:00Z", "2000-01-01T00:00:00Zjunk"}) {
    EXPECT_FALSE(ParseTime(bad).ok()) << bad;
  }
}

TEST(Metadata, ComesBackAsItWasWritten) {
  const TestRepository repository;
  Root root = repository.root;
  root.director = Role{{root.root.keyids[0]}, 1};
  const std::string text = TestRepository::Signed(root, {repository.root_key});
  const Result<Document<Root>> parsed = ParseRoot(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  const Document<Root>& again = *parsed;
  EXPECT_EQ(again.Text(), text);
  EXPECT_EQ(again.value.keys, root.keys);
  EXPECT_EQ(again.value.director, root.director);
  Targets targets = repository.targets;
  targets.keys = root.keys;
  targets.delegations = {{"a", root.root, {"x/*"}, {}, true}, {"b", root.root, {}, {"00", "ff"}, false}};
  targets.targets["x/1"] = DescribeTarget("x");
  targets.targets["x/1"].deployment = "d-1";
  const Result<Document<Targets>> read = ParseTargets(TestRepository::Signed(targets, {}));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->value.targets, targets.targets);
  EXPECT_EQ(read->value.delegations, targets.delegations);
  Director director{{3, kNowMs}, "dev-1", "00ff", kNowMs, targets.targets};
  EXPECT_EQ(ParseDirector(TestRepository::Signed(director, {}))->value.nonce, "00ff");
}

TEST(Metadata, EveryMistakeNamesItsPlace) {
  const TestRepository repository;
  const std::string good = repository.files.at("1.targets.json");
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& field) {
    std::string text = good;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    const auto parsed = ParseTargets(text.replace(at, from.size(), to));
    ASSERT_FALSE(parsed.ok()) << to;
    EXPECT_NE(parsed.status().message().find(field), std::string_view::npos) << parsed.status().ToString();
  };
  refused(R"("_type":"targets")", R"("_type":"root")", "_type");
  refused(R"("version":1)", R"("version":0)", "version");
  refused(R"("version":1)", R"("version":1.5)", "version");
  refused(R"("version":1)", R"("version":18446744073709551615)", "version");
  refused(R"("spec_version":"1)", R"("spec_version":"2)", "spec_version");
  refused(R"("expires":"2)", R"("expires":"x)", "expires");
  refused(R"("length":5)", R"("length":-5)", "targets.app/1: length");
  refused(R"("sha256":")", R"("sha256":"zz)", "sha256");
  refused(R"("sig":")", R"("sig":"q)", "sig");
  refused(R"("targets":{)",
          R"("delegations":{"keys":{},"roles":[{"name":"root","keyids":[],"threshold":1,"paths":[]}]},"targets":{)",
          "name");
  refused(R"("targets":{)",
          R"("delegations":{"keys":{},"roles":[{"name":"../x","keyids":[],"threshold":1,"paths":[]}]},"targets":{)",
          "name");
  refused(R"("targets":{)",
          R"("delegations":{"keys":{},"roles":[{"name":"x","keyids":[],"threshold":0,"paths":[]}]},"targets":{)",
          "threshold");
  EXPECT_FALSE(ParseTargets("").ok());
  EXPECT_FALSE(ParseTargets(std::string(kMaxTargetsBytes + 1, ' ')).ok());
  EXPECT_FALSE(ParseTargets(std::string(1000, '[')).ok());
}

TEST(Metadata, LimitsOnNumbers) {
  TestRepository repository;
  for (size_t i = 0; i <= kMaxDelegations; ++i) {
    repository.targets.delegations.push_back({"r" + std::to_string(i), {{}, 1}, {"*"}, {}, false});
  }
  EXPECT_FALSE(ParseTargets(TestRepository::Signed(repository.targets, {})).ok());
  Document<Root> root = MakeDocument(repository.root).value();
  root.signatures.resize(kMaxSignatures + 1, {"ab", "x"});
  EXPECT_FALSE(ParseRoot(root.Text()).ok());
}

TEST(Metadata, KeysOfUnknownKindsSignNothing) {
  const std::string text = R"({"keytype":"rsa","scheme":"rsassa-pss-sha256","keyval":{"public":"-----BEGIN"}})";
  EXPECT_EQ(ParseKey(text).code(), StatusCode::kInvalidArgument);
  const Keys keys = {{"ab", {"rsa", "rsassa-pss-sha256", ""}}};
  const std::vector<Signature> signatures = {{"ab", "x"}};
  EXPECT_EQ(CountSigners("m", signatures, keys, {{"ab"}, 1}), 0U);
}

TEST(Keys, IdIsTheHashOfTheCanonicalKey) {
  const Key key = Ed25519Key(std::string(32, '\x11'));
  EXPECT_EQ(
      KeyText(key),
      R"({"keytype":"ed25519","keyval":{"public":"1111111111111111111111111111111111111111111111111111111111111111"},"scheme":"ed25519"})");
  EXPECT_EQ(*ParseKey(KeyText(key)), key);
  EXPECT_EQ(KeyIdOf(key).size(), 64U);
}

TEST(Patterns, MatchAsAShellDoes) {
  EXPECT_TRUE(MatchesPattern("app/*", "app/1"));
  EXPECT_FALSE(MatchesPattern("app/*", "app/1/x"));
  EXPECT_FALSE(MatchesPattern("app/*", "apps/1"));
  EXPECT_TRUE(MatchesPattern("*/*", "app/1"));
  EXPECT_FALSE(MatchesPattern("*", "app/1"));
  EXPECT_TRUE(MatchesPattern("a?p/1*3", "app/1223"));
  EXPECT_FALSE(MatchesPattern("a?p", "a/p"));
  EXPECT_TRUE(MatchesPattern("", ""));
  EXPECT_FALSE(MatchesPattern("", "a"));
  EXPECT_TRUE(MatchesPattern("**", "ab"));
  EXPECT_FALSE(MatchesPattern(std::string(200, '*') + "b", std::string(400, 'a')));
}

// Made with openssl: a P-256 key, and its signature over "message".
TEST(Ecdsa, AcceptsOpensslsSignatureAndNothingElse) {
  const std::string pem =
      "-----BEGIN PUBLIC "
      "KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzAC/8elR8mH3WHA/qKJBmovoMOmh\n2LnxVxApDo/"
      "2miE+sNUuwRvbJoiPDdF1TPOjsy6zTQKHGRPj17zFB5JG8A==\n-----END PUBLIC KEY-----\n";
  const std::string signature = sys::HexDecode(
                                    "3045022100cea2ca57c736461556ecd5bd032949c90394f2e74133113031a92723ee0ffb5c0220307e"
                                    "36eafc0cba90da15132d0053d8f7c9e6c04b3915b50f0c03d915da572510")
                                    .value();
  EXPECT_TRUE(sys::EcdsaP256Verify(pem, "message", signature));
  EXPECT_FALSE(sys::EcdsaP256Verify(pem, "massage", signature));
  EXPECT_FALSE(sys::EcdsaP256Verify(pem, "message", signature.substr(1)));
  EXPECT_FALSE(sys::EcdsaP256Verify(pem.substr(30), "message", signature));
  const Keys keys = {{"ab", {"ecdsa", "ecdsa-sha2-nistp256", pem}}};
  const std::vector<Signature> signatures = {{"ab", signature}};
  EXPECT_EQ(CountSigners("message", signatures, keys, {{"ab"}, 1}), 1U);
}

}  // namespace
}  // namespace verge::tuf
