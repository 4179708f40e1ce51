#include "delta/delta.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "delta/adaptive.h"
#include "delta/suffix_array.h"

namespace verge::delta {
namespace {

std::string RandomText(size_t bytes, unsigned seed, int symbols = 256) {
  std::mt19937 random(seed);
  std::string out(bytes, '\0');
  for (char& c : out) c = static_cast<char>(random() % static_cast<unsigned>(symbols));
  return out;
}

Result<std::string> Applied(std::string_view base, std::string_view delta) {
  std::string out;
  VERGE_TRY(Apply(base, delta, [&](std::string_view bytes) {
    out += bytes;
    return Status::Ok();
  }));
  return out;
}

TEST(SuffixArray, SortsLikePlainSorting) {
  for (const int symbols : {1, 2, 3, 256}) {
    for (size_t bytes = 0; bytes < 200; bytes += 7) {
      const std::string text = RandomText(bytes, static_cast<unsigned>(bytes), symbols);
      std::vector<int32_t> want(bytes);
      for (size_t i = 0; i < bytes; ++i) want[i] = static_cast<int32_t>(i);
      const std::string_view view = text;
      std::sort(want.begin(), want.end(), [&](int32_t a, int32_t b) {
        return view.substr(static_cast<size_t>(a)) < view.substr(static_cast<size_t>(b));
      });
      EXPECT_EQ(SuffixArray(text).order(), want) << symbols << " symbols, " << bytes << " bytes";
    }
  }
}

TEST(SuffixArray, FindsTheLongestMatch) {
  const std::string text = RandomText(3000, 1, 4);
  const SuffixArray suffixes(text);
  for (size_t i = 0; i < 200; ++i) {
    const std::string pattern = RandomText(12, static_cast<unsigned>(1000 + i), 4);
    size_t longest = 0;
    for (size_t length = 1; length <= pattern.size(); ++length) {
      if (text.find(pattern.substr(0, length)) != std::string::npos) longest = length;
    }
    const Match match = suffixes.Longest(pattern);
    EXPECT_EQ(match.length, longest);
    EXPECT_EQ(text.compare(match.position, match.length, pattern, 0, match.length), 0);
  }
  EXPECT_EQ(SuffixArray("").Longest("abc").length, 0U);
}

TEST(Adaptive, GivesBytesBackAndCostsLittleForZeros) {
  std::string sparse(100'000, '\0');
  for (size_t i = 0; i < sparse.size(); i += 50) sparse[i] = static_cast<char>(1 + i % 3);
  for (const std::string& text :
       {std::string(), std::string(1, '\xff'), RandomText(5000, 3), std::string(70'000, '\xff'), sparse}) {
    const std::string encoded = EncodeAdaptive(text);
    std::string back(text.size(), '\0');
    AdaptiveDecoder(encoded).Read(back);
    EXPECT_EQ(back, text);
  }
  EXPECT_LT(EncodeAdaptive(std::string(1 << 20, '\0')).size(), 256U);
  EXPECT_LT(EncodeAdaptive(sparse).size(), 2600U);  // 2 % ones: 0.14 bits for the place, 1.6 for the value
}

// What each method must do with what files.
class MethodTest : public testing::TestWithParam<Method> {};

TEST_P(MethodTest, GivesTheTargetBack) {
  const std::string base = RandomText(200'000, 7);
  std::string edited = base.substr(5000, 90'000) + RandomText(333, 8) + base.substr(100'000) + base.substr(0, 4000);
  for (size_t i = 0; i < edited.size(); i += 97) edited[i] = static_cast<char>(edited[i] + 1);
  for (const std::string& target : {base, edited, std::string("x"), std::string(), RandomText(70'001, 9)}) {
    MakeOptions options{{}, GetParam()};
    const uint64_t half = std::min(base.size(), target.size()) / 32 * 16;
    options.tensors = {{4, 0, half / 2, 4}, {half, half, half - half / 2 - 4, 2}};
    if (half < 16) options.tensors = {{0, 0, 0, 1}};
    const Result<std::string> made = Make(base, target, options);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    EXPECT_EQ(ReadInfo(*made)->method, GetParam());
    const Result<std::string> back = Applied(GetParam() == Method::kFull ? "" : base, *made);
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    EXPECT_TRUE(*back == target);
  }
}

TEST_P(MethodTest, RefusesDamageAnywhereAndAnyCut) {
  const std::string base = RandomText(3000, 20);
  std::string target = base.substr(100) + RandomText(50, 21);
  for (size_t i = 0; i < target.size(); i += 40) target[i] = static_cast<char>(target[i] + 3);
  const Result<std::string> made = Make(base, target, {{{100, 0, 1200, 4}}, GetParam()});
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  const std::string used = GetParam() == Method::kFull ? "" : base;
  size_t accepted = 0;
  for (size_t i = 0; i < made->size(); ++i) {
    std::string damaged = *made;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    const Result<std::string> got = Applied(used, damaged);
    // The base's digest is for choosing the base; the target's decides.
    if (got.ok() && *got == target) ++accepted;
    EXPECT_TRUE(!got.ok() || *got == target) << "byte " << i;
  }
  EXPECT_LE(accepted, 48U);  // 32 of them are the base's digest
  for (size_t size = 0; size < made->size(); size += 3) EXPECT_FALSE(Applied(used, made->substr(0, size)).ok()) << size;
}

INSTANTIATE_TEST_SUITE_P(Delta, MethodTest,
                         testing::Values(Method::kFull, Method::kPrefix, Method::kBytes, Method::kTensors),
                         [](const auto& test) { return std::string(MethodName(test.param)); });

TEST(Delta, KeepsTheSmallestMethod) {
  const std::string base = RandomText(100'000, 30);
  EXPECT_EQ(ReadInfo(*Make({}, base, {}))->method, Method::kFull);
  std::string moved = RandomText(10, 31) + base;
  EXPECT_LT(Make(base, moved, {})->size(), 400U);
  // Every second float differs in its lowest byte: only knowing the elements makes that small.
  std::string floats = base;
  std::mt19937 random(32);
  for (size_t i = 0; i < floats.size(); i += 4) floats[i] = static_cast<char>(random());
  const Result<std::string> made = Make(base, floats, {{{0, 0, floats.size(), 4}}, std::nullopt});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(ReadInfo(*made)->method, Method::kTensors);
  EXPECT_LT(made->size(), floats.size() * 28 / 100);
}

TEST(Delta, RefusesAnotherBaseAndAnEndlessTarget) {
  const std::string base = RandomText(5000, 40);
  const std::string made = *Make(base, base + "more", {{}, Method::kBytes});
  std::string other = base;
  other[2500] = static_cast<char>(other[2500] + 1);
  EXPECT_EQ(Applied(other, made).code(), StatusCode::kDataLoss);
  EXPECT_EQ(Applied(base.substr(1), made).code(), StatusCode::kDataLoss);
  std::string endless = made;
  for (size_t i = 16; i < 24; ++i) endless[i] = '\x7f';
  EXPECT_EQ(Applied(base, endless).code(), StatusCode::kDataLoss);
  std::string newer = made;
  newer[4] = 2;
  EXPECT_EQ(Applied(base, newer).code(), StatusCode::kUnsupported);
}

TEST(Delta, RefusesPairsThatDoNotFit) {
  const std::string base = RandomText(100, 50);
  const auto code = [&](std::vector<TensorPair> pairs) {
    return Make(base, base, {std::move(pairs), Method::kTensors}).code();
  };
  EXPECT_EQ(code({{0, 0, 101, 1}}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({{0, 0, 10, 4}}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({{0, 0, 12, 3}}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({{0, 0, 40, 4}, {0, 36, 4, 4}}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({{~uint64_t{0}, 0, 8, 1}}), StatusCode::kInvalidArgument);
}

TEST(Delta, PassesOnWhatTheSinkSays) {
  const std::string made = *Make("abc", "abcd", {{}, Method::kBytes});
  const Status full = Apply("abc", made, [](std::string_view) { return VERGE_ERROR(kResourceExhausted, "disk full"); });
  EXPECT_EQ(full.code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace verge::delta
