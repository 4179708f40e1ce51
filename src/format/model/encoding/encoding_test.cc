#include "format/model/encoding/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "format/model/encoding/codec.h"

namespace verge::format {
namespace {

using encoding::Bytes;
using encoding::Codec;
using encoding::CodecSet;
using encoding::Elements;
using encoding::Encoder;
using encoding::GetCodec;
using encoding::Kind;
using encoding::SetOf;

template <typename T>
Elements ElementsOf(const std::vector<T>& values, Kind kind = Kind::kOther) {
  return {std::as_bytes(std::span(values)), sizeof(T), kind};
}

// One codec alone, its inner blocks free to choose.
std::optional<Bytes> EncodeWith(Codec codec, const Elements& elements, CodecSet inner = encoding::kEveryCodec) {
  return GetCodec(codec).encode(elements, Encoder(inner));
}

Status DecodeWith(Codec codec, std::span<const std::byte> payload, const Elements& like, Bytes& out) {
  out.assign(like.bytes.size(), std::byte{0xa5});
  return GetCodec(codec).decode(payload, {out, like.width});
}

// Payload bytes of a round trip that gives back every bit; 0 when the codec cannot hold the elements.
size_t RoundTrip(Codec codec, const Elements& elements, CodecSet inner = encoding::kEveryCodec) {
  const std::optional<Bytes> payload = EncodeWith(codec, elements, inner);
  if (!payload) return 0;
  EXPECT_EQ(EncodeWith(codec, elements, inner), payload) << "not the same bytes again";
  Bytes out;
  const Status status = DecodeWith(codec, *payload, elements, out);
  EXPECT_TRUE(status.ok()) << GetCodec(codec).name << ": " << status.ToString();
  EXPECT_TRUE(std::ranges::equal(out, elements.bytes)) << GetCodec(codec).name;
  return payload->size();
}

TEST(Half, HoldsEveryHalfAndNothingElse) {
  std::vector<float> all;
  for (uint32_t h = 0; h < 65536; ++h) {
    const float value = HalfToFloat(static_cast<uint16_t>(h));
    if (FloatToHalf(value) == h) all.push_back(value);  // of NaNs one is kept
  }
  ASSERT_GE(all.size(), 63488U);
  EXPECT_EQ(RoundTrip(Codec::kHalf, ElementsOf(all, Kind::kF32), 0), all.size() * 2 + 1);
  for (const float value :
       {0.1F, 65536.0F, 1e-9F, std::bit_cast<float>(0x3f800001U), std::bit_cast<float>(0x7fc00001U)}) {
    EXPECT_FALSE(EncodeWith(Codec::kHalf, ElementsOf(std::vector<float>{1, value}, Kind::kF32))) << value;
  }
  EXPECT_FALSE(EncodeWith(Codec::kHalf, ElementsOf(std::vector<uint32_t>(40, 0)))) << "only floats are shortened";
}

TEST(Bfloat, HoldsEveryBfloatAndNothingElse) {
  std::vector<float> all;
  for (uint32_t h = 0; h < 65536; ++h) all.push_back(std::bit_cast<float>(h << 16));
  EXPECT_EQ(RoundTrip(Codec::kBfloat, ElementsOf(all, Kind::kF32), 0), all.size() * 2 + 1);
  const std::vector<float> fine = {1, 1.00390625F};  // 1 + 2^-8
  EXPECT_FALSE(EncodeWith(Codec::kBfloat, ElementsOf(fine, Kind::kF32)));
}

TEST(Nibble, HoldsEveryPairAndEveryLength) {
  for (int a = -8; a < 8; ++a) {
    for (int b = -8; b < 8; ++b) {
      const std::vector<int8_t> pair = {static_cast<int8_t>(a), static_cast<int8_t>(b)};
      EXPECT_EQ(RoundTrip(Codec::kNibble, ElementsOf(pair, Kind::kI8), 0), 2U);
      const std::vector<int8_t> three = {pair[0], pair[1], pair[0]};
      EXPECT_EQ(RoundTrip(Codec::kNibble, ElementsOf(three, Kind::kI8), 0), 3U);
    }
  }
  for (int outside : {-128, -9, 8, 127}) {
    const std::vector<int8_t> values = {0, static_cast<int8_t>(outside)};
    EXPECT_FALSE(EncodeWith(Codec::kNibble, ElementsOf(values, Kind::kI8)));
  }
  Bytes out;
  const std::vector<int8_t> one = {1};
  const Bytes behind = {std::byte{0}, std::byte{0x11}};
  EXPECT_EQ(DecodeWith(Codec::kNibble, behind, ElementsOf(one), out).code(), StatusCode::kDataLoss);
}

TEST(Bits, HoldsEveryWidthAndLength) {
  for (size_t b = 1; b <= 7; ++b) {
    for (size_t n = 1; n <= 70; ++n) {
      std::vector<uint8_t> values(n);
      for (size_t i = 0; i < n; ++i) values[i] = static_cast<uint8_t>((i * 37 + n) & ((1U << b) - 1));
      values[n / 2] = static_cast<uint8_t>((1U << b) - 1);
      ASSERT_EQ(RoundTrip(Codec::kBits, ElementsOf(values)), 1 + (n * b + 7) / 8) << b << " bits, " << n;
    }
  }
  EXPECT_FALSE(EncodeWith(Codec::kBits, ElementsOf(std::vector<uint8_t>{0, 128})));
}

template <typename T>
void CheckCodeBooks() {
  std::mt19937_64 random(5);
  for (size_t values = 1; values <= 257; ++values) {
    std::set<T> book;
    while (book.size() < std::min<size_t>(values, sizeof(T) == 1 ? 256 : 257)) book.insert(static_cast<T>(random()));
    const std::vector<T> list(book.begin(), book.end());
    std::vector<T> elements;
    for (size_t i = 0; i < 300; ++i) elements.push_back(list[i % list.size()]);
    std::ranges::shuffle(elements, random);
    const size_t bytes = RoundTrip(Codec::kCodeBook, ElementsOf(elements));
    ASSERT_EQ(bytes > 0, book.size() <= 256) << values;
    EXPECT_LE(bytes, 1 + list.size() * sizeof(T) + 301);
  }
}

TEST(CodeBook, HoldsUpTo256ValuesOfAnyWidth) {
  CheckCodeBooks<uint8_t>();
  CheckCodeBooks<uint16_t>();
  CheckCodeBooks<uint32_t>();
  CheckCodeBooks<uint64_t>();
}

TEST(CodeBook, TakesFewBitsAnIndex) {
  std::vector<float> values;
  for (size_t i = 0; i < 8000; ++i) values.push_back(static_cast<float>(i * 7 % 16) - 7.3F);
  EXPECT_LE(RoundTrip(Codec::kCodeBook, ElementsOf(values, Kind::kF32), SetOf(Codec::kBits)), 4000U + 64 + 8);
}

TEST(Sparse, HoldsEveryPatternOfShortTensors) {
  for (size_t n = 1; n <= 11; ++n) {
    for (uint32_t pattern = 0; pattern < 1U << n; ++pattern) {
      std::vector<uint32_t> values(n);
      for (size_t i = 0; i < n; ++i) values[i] = (pattern >> i & 1U) != 0 ? 0x80000000U + static_cast<uint32_t>(i) : 0;
      RoundTrip(Codec::kSparse, ElementsOf(values));
      if (HasFailure()) return;
    }
  }
  // A negative zero is a value: its bits come back.
  std::vector<float> negative(100, 0.0F);
  negative[50] = -0.0F;
  EXPECT_GT(RoundTrip(Codec::kSparse, ElementsOf(negative, Kind::kF32)), 0U);
}

TEST(Planes, HoldEveryWidth) {
  std::mt19937_64 random(7);
  for (size_t n = 0; n <= 40; ++n) {
    std::vector<uint16_t> two(n);
    std::vector<uint32_t> four(n);
    std::vector<uint64_t> eight(n);
    std::ranges::generate(two, random);
    std::ranges::generate(four, random);
    std::ranges::generate(eight, random);
    EXPECT_GT(RoundTrip(Codec::kPlanes, ElementsOf(two)), 0U);
    EXPECT_GT(RoundTrip(Codec::kPlanes, ElementsOf(four)), 0U);
    EXPECT_GT(RoundTrip(Codec::kPlanes, ElementsOf(eight)), 0U);
  }
  EXPECT_FALSE(EncodeWith(Codec::kPlanes, ElementsOf(std::vector<uint8_t>(9, 1))));
}

double EntropyBytes(const std::vector<uint8_t>& bytes) {
  std::vector<double> counts(256, 0);
  for (const uint8_t b : bytes) ++counts[b];
  double bits = 0;
  for (const double c : counts) bits -= c > 0 ? c * std::log2(c / static_cast<double>(bytes.size())) : 0;
  return bits / 8;
}

TEST(Rans, HoldsEveryLengthAndNumberOfSymbols) {
  std::mt19937 random(11);
  for (size_t n = 1; n <= 100; ++n) {
    for (const unsigned symbols : {1U, 2U, 31U, 32U, 33U, 34U, 255U, 256U}) {
      std::vector<uint8_t> bytes(n);
      for (uint8_t& b : bytes) b = static_cast<uint8_t>(255 - random() % symbols);
      ASSERT_GT(RoundTrip(Codec::kRans, ElementsOf(bytes)), 0U);
      if (HasFailure()) return;
    }
  }
}

TEST(Rans, ComesCloseToTheEntropy) {
  std::mt19937 random(13);
  for (const double mean : {0.02, 0.3, 2.0, 10.0, 60.0}) {
    std::geometric_distribution<int> draw(1 / (1 + mean));
    std::vector<uint8_t> bytes(200000);
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(std::min(draw(random), 255));
    const double got = static_cast<double>(RoundTrip(Codec::kRans, ElementsOf(bytes)));
    EXPECT_LE(got, EntropyBytes(bytes) * 1.01 + 600) << mean;
    EXPECT_GE(got, EntropyBytes(bytes)) << mean;
  }
}

TEST(Rans, OneByteOfAMillionIsKept) {
  std::vector<uint8_t> bytes(1000000, 7);
  bytes[999999] = 9;
  EXPECT_LE(RoundTrip(Codec::kRans, ElementsOf(bytes)), 100U);
  bytes[0] = 200;
  EXPECT_LE(RoundTrip(Codec::kRans, ElementsOf(bytes)), 150U);
  // Every byte once beside one that fills the rest: shares below 1 of 4096 are raised, others give way.
  std::vector<uint8_t> all(1U << 20, 0);
  for (size_t i = 0; i < 256; ++i) all[i * 1000] = static_cast<uint8_t>(i);
  EXPECT_GT(RoundTrip(Codec::kRans, ElementsOf(all)), 0U);
}

// A payload of `rans` by hand: two symbols of 2048 each, states as they begin, no words.
Bytes SmallRans() {
  Bytes out = {std::byte{1}, std::byte{3}, std::byte{5}};
  for (int i = 0; i < 2; ++i) {
    out.push_back(static_cast<std::byte>(128 + (2047 & 127)));
    out.push_back(static_cast<std::byte>(2047 >> 7));
  }
  for (int i = 0; i < 8; ++i) out.insert(out.end(), {std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0}});
  return out;
}

TEST(Rans, RefusesWhatCannotBe) {
  Bytes out;
  const auto decode = [&](const Bytes& payload, size_t count) {
    out.assign(count, std::byte{0});
    return encoding::kRansCodec.decode(payload, {out, 1}).code();
  };
  EXPECT_EQ(decode(SmallRans(), 0), StatusCode::kOk);
  EXPECT_EQ(decode(SmallRans(), 1), StatusCode::kDataLoss) << "words are missing";
  struct Change {
    const char* what;
    size_t at;
    int to;
  };
  const Change changes[] = {{"order of symbols", 2, 3},      {"symbols", 2, 1},         {"sum of frequencies", 3, 128},
                            {"frequency above 4096", 4, 32}, {"long form of 0", 4, 0},  {"state below 2^16", 9, 0},
                            {"another last state", 7, 1},    {"count of symbols", 0, 2}};
  for (const Change& change : changes) {
    Bytes payload = SmallRans();
    payload[change.at] = static_cast<std::byte>(change.to);
    EXPECT_EQ(decode(payload, 0), StatusCode::kDataLoss) << change.what;
  }
  Bytes longer = SmallRans();
  longer.insert(longer.end(), 2, std::byte{0});
  EXPECT_EQ(decode(longer, 0), StatusCode::kDataLoss) << "words behind the last";
}

// A constant for each codec, so that every one of them is the outermost and is nested somewhere.
std::vector<std::pair<Codec, Bytes>> Samples(Elements& like) {
  static std::vector<float> values(600);
  std::mt19937 random(17);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = random() % 4 == 0 ? static_cast<float>(static_cast<int>(random() % 7) - 3) * 0.25F : 0.0F;
  }
  like = ElementsOf(values, Kind::kF32);
  std::vector<std::pair<Codec, Bytes>> samples;
  for (const Codec codec :
       {Codec::kRaw, Codec::kHalf, Codec::kBfloat, Codec::kCodeBook, Codec::kSparse, Codec::kPlanes}) {
    for (const CodecSet inner : {CodecSet{0}, SetOf(Codec::kRans), encoding::kEveryCodec}) {
      samples.emplace_back(codec, EncodeWith(codec, like, inner).value());
    }
  }
  return samples;
}

TEST(EveryCodec, RefusesEveryCut) {
  Elements like;
  for (const auto& [codec, payload] : Samples(like)) {
    Bytes out;
    for (size_t n = 0; n < payload.size(); ++n) {
      const std::span<const std::byte> cut = std::span(payload).first(n);
      ASSERT_EQ(DecodeWith(codec, cut, like, out).code(), StatusCode::kDataLoss) << GetCodec(codec).name << " " << n;
    }
  }
}

// What is made of changed bytes is an error or other values, and nothing beyond the target is touched.
TEST(EveryCodec, SurvivesChangedBytes) {
  Elements like;
  std::mt19937 random(19);
  size_t refused = 0;
  for (const auto& [codec, good] : Samples(like)) {
    for (int round = 0; round < 2000; ++round) {
      Bytes payload = good;
      const size_t changes = 1 + random() % 3;
      for (size_t c = 0; c < changes; ++c)
        payload[random() % std::min<size_t>(payload.size(), 200)] = static_cast<std::byte>(random());
      Bytes out;
      const Status status = DecodeWith(codec, payload, like, out);
      refused += status.ok() ? 0 : 1;
      EXPECT_TRUE(status.ok() || status.code() == StatusCode::kDataLoss || status.code() == StatusCode::kUnsupported)
          << status.ToString();
    }
  }
  EXPECT_GT(refused, 1000U);
}

TEST(EveryCodec, RefusesOtherWidthsAndPlaces) {
  Elements like;
  Bytes out;
  for (const auto& [codec, payload] : Samples(like)) {
    out.assign(like.bytes.size(), std::byte{0});
    if (codec != Codec::kRaw && codec != Codec::kPlanes) {
      EXPECT_FALSE(GetCodec(codec).decode(payload, {out, 2}).ok()) << GetCodec(codec).name;
    }
    Bytes block = {static_cast<std::byte>(codec)};
    encoding::Append(payload, block);
    if (codec == Codec::kRaw) continue;
    EXPECT_EQ(encoding::DecodeBlock(block, 0, {out, 4}).code(), StatusCode::kDataLoss);
  }
  const Bytes unknown = {std::byte{200}};
  EXPECT_EQ(encoding::DecodeBlock(unknown, encoding::kEveryCodec, {out, 4}).code(), StatusCode::kUnsupported);
}

TEST(EncodeConstant, DoesNothingUnlessAskedTo) {
  const std::vector<float> zeros(1000, 0.0F);
  EXPECT_FALSE(EncodeConstant(DType::kF32, std::as_bytes(std::span(zeros)), {}));
  const std::vector<float> few(16, 0.0F);
  EXPECT_FALSE(EncodeConstant(DType::kF32, std::as_bytes(std::span(few)), StorageOptions::Compressed()));
}

TEST(EncodeConstant, StaysWithinWhatReadersAccept) {
  for (const size_t n : {17U, 1000U, 400000U}) {
    const std::vector<float> zeros(n, 0.0F);
    const auto bytes = std::as_bytes(std::span(zeros));
    const auto stored = EncodeConstant(DType::kF32, bytes, StorageOptions::Compressed());
    ASSERT_TRUE(stored) << n;
    Bytes out(bytes.size(), std::byte{1});
    ASSERT_TRUE(DecodeConstant(*stored, 4, out).ok()) << n;
    EXPECT_TRUE(std::ranges::equal(out, bytes));
  }
  Bytes bomb(1U << 20);
  const Bytes small(100);
  EXPECT_EQ(DecodeConstant(small, 4, bomb).code(), StatusCode::kDataLoss);
}

// Random tensors of every type, random sets of codecs: what is stored comes back, is smaller, and is the same again.
TEST(EncodeConstant, GivesBackWhateverItStored) {
  std::mt19937_64 random(23);
  size_t encoded = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto dtype = static_cast<DType>(random() % kDTypeCount);
    const size_t width = DTypeBytes(dtype);
    Bytes bytes(width * static_cast<size_t>(1 + random() % 900));
    const uint64_t zeros = random() % 100;
    const uint64_t spread = 1 + random() % 300;
    for (size_t i = 0; i < bytes.size(); i += width) {
      uint64_t value = random() % 100 < zeros ? 0 : random() % spread;
      if (dtype == DType::kF32) {
        const float number = static_cast<float>(static_cast<int>(value) - 20) / (spread % 2 == 0 ? 64.0F : 3.0F);
        value = value == 0 ? 0 : std::bit_cast<uint32_t>(number);
      } else if (dtype == DType::kI8) {
        value = value % 16 - 8;
      }
      std::memcpy(bytes.data() + i, &value, width);
    }
    const StorageOptions options{static_cast<CodecSet>(random()) & encoding::kEveryCodec};
    const auto stored = EncodeConstant(dtype, bytes, options);
    EXPECT_EQ(EncodeConstant(dtype, bytes, options), stored);
    if (!stored) continue;
    ++encoded;
    ASSERT_LT(stored->size(), bytes.size());
    Bytes out(bytes.size(), std::byte{0xff});
    const Status status = DecodeConstant(*stored, width, out);
    ASSERT_TRUE(status.ok()) << DTypeName(dtype) << " " << EncodingName(*stored) << ": " << status.ToString();
    ASSERT_EQ(out, bytes) << DTypeName(dtype) << " " << EncodingName(*stored);
  }
  EXPECT_GT(encoded, 1000U);
}

TEST(ParseStorage, KnowsItsWords) {
  EXPECT_EQ(ParseStorage("none")->codecs, 0U);
  EXPECT_EQ(ParseStorage("all")->codecs, encoding::kEveryCodec);
  EXPECT_EQ(ParseStorage("half,entropy")->codecs, SetOf(Codec::kHalf, Codec::kPlanes, Codec::kRans));
  EXPECT_EQ(ParseStorage("code_book")->codecs, SetOf(Codec::kCodeBook, Codec::kBits));
  for (const char* text : {"", "zip", "half,", "half,,entropy", "half,all"}) {
    const auto parsed = ParseStorage(text);
    ASSERT_EQ(parsed.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_NE(parsed.status().message().find("code_book"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace verge::format
