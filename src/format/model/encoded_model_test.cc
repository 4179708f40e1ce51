// Models whose constants are stored in less space: what they hold, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <string>

#include "format/model/crc32c.h"
#include "format/model/model.h"
#include "format/model/test_model.h"

namespace verge::format {
namespace {

// The test model with constants beside it that each codec likes best. They feed nothing; the format allows that.
struct EncodedTestModel : TestModel {
  std::vector<float> halves, sparse;
  std::vector<int8_t> nibbles, skewed;

  EncodedTestModel() {
    std::mt19937 random(29);
    for (int i = 0; i < 500; ++i) {
      halves.push_back(static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 1024.0F);
      sparse.push_back(random() % 10 == 0 ? static_cast<float>(random()) * 1e-9F : 0.0F);
      nibbles.push_back(static_cast<int8_t>(static_cast<int>(random() % 16) - 8));
      skewed.push_back(static_cast<int8_t>(std::countr_zero(random() | 0x10000U) * 9));
    }
    const auto add = [&](const char* name, DType dtype, std::span<const std::byte> bytes) {
      spec.values.push_back({name, {dtype, Shape{500}, {}}, bytes});
    };
    add("halves", DType::kF32, std::as_bytes(std::span(halves)));
    add("sparse", DType::kF32, std::as_bytes(std::span(sparse)));
    add("nibbles", DType::kI8, std::as_bytes(std::span(nibbles)));
    add("skewed", DType::kI8, std::as_bytes(std::span(skewed)));
  }
};

AlignedBytes Write(const ModelSpec& spec, const StorageOptions& storage) {
  Result<AlignedBytes> bytes = WriteModel(spec, storage);
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  return bytes.ok() ? std::move(bytes).value() : AlignedBytes();
}

ModelHeader HeaderOf(const AlignedBytes& bytes) {
  ModelHeader header;
  std::memcpy(&header, bytes.bytes().data(), sizeof(header));
  return header;
}

void FixChecksums(std::span<std::byte> bytes) {
  ModelHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.weights_crc = Crc32c(bytes.subspan(static_cast<size_t>(header.weights_offset)));
  std::memcpy(bytes.data(), &header, sizeof(header));
  const auto graph_offset = static_cast<size_t>(header.graph_offset),
             graph_bytes = static_cast<size_t>(header.graph_bytes);
  header.head_crc = Crc32c(bytes.subspan(graph_offset, graph_bytes), Crc32c(bytes.first(60)));
  std::memcpy(bytes.data(), &header, sizeof(header));
}

TEST(EncodedModel, HoldsTheSameConstantsInLessSpace) {
  const EncodedTestModel test;
  const AlignedBytes plain = Write(test.spec, {});
  const AlignedBytes small = Write(test.spec, StorageOptions::Compressed());
  EXPECT_EQ(HeaderOf(plain).required, 0U);
  EXPECT_EQ(HeaderOf(small).required, kFeatureEncoded);
  EXPECT_LT(HeaderOf(small).weights_bytes * 2, HeaderOf(plain).weights_bytes);
  const auto from_plain = VerifiedModel::Verify(plain.bytes(), nullptr);
  const auto from_small = VerifiedModel::Verify(small.bytes(), nullptr);
  ASSERT_TRUE(from_plain.ok());
  ASSERT_TRUE(from_small.ok()) << from_small.status().ToString();
  EXPECT_EQ(from_plain->tables().decoded_bytes, 0U);
  uint64_t decoded = 0;
  for (uint32_t i = 0; i < test.spec.values.size(); ++i) {
    const ModelValue& want = from_plain->value(i);
    const ModelValue& got = from_small->value(i);
    ASSERT_EQ(want.constant == nullptr, got.constant == nullptr);
    if (want.constant == nullptr) continue;
    EXPECT_EQ(std::memcmp(want.constant, got.constant, *want.type.CheckedBytes()), 0) << want.name;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(got.constant) % kModelAlignment, 0U);
    if (!got.encoded.empty()) decoded += *got.type.CheckedBytes();
  }
  EXPECT_EQ(from_small->tables().decoded_bytes, decoded);
  EXPECT_GT(decoded, 4000U);
  EXPECT_TRUE(from_small->value(2).encoded.empty()) << "a short bias stays as it is";
}

TEST(EncodedModel, EachCodecIsUsedWhereItIsAllowed) {
  const EncodedTestModel test;
  const std::pair<const char*, const char*> cases[] = {
      {"half", "halves"}, {"nibble", "nibbles"}, {"sparse", "sparse"}, {"entropy", "skewed"}, {"code_book", "w"}};
  for (const auto& [word, value] : cases) {
    const AlignedBytes bytes = Write(test.spec, *ParseStorage(word));
    const auto model = VerifiedModel::Verify(bytes.bytes(), nullptr);
    ASSERT_TRUE(model.ok()) << word << ": " << model.status().ToString();
    const auto& values = model->tables().values;
    const auto found = std::ranges::find_if(values, [&](const ModelValue& v) { return v.name == value; });
    ASSERT_NE(found, values.end());
    ASSERT_FALSE(found->encoded.empty()) << word;
    const std::string name = EncodingName(found->encoded);
    EXPECT_EQ(name, std::string(word) == "entropy" ? "rans" : word);
  }
}

TEST(EncodedModel, WritingIsDeterministic) {
  const EncodedTestModel one, two;
  const AlignedBytes a = Write(one.spec, StorageOptions::Compressed());
  const AlignedBytes b = Write(two.spec, StorageOptions::Compressed());
  EXPECT_TRUE(std::ranges::equal(a.bytes(), b.bytes()));
}

TEST(EncodedModel, ItsModelsForOtherSizesKeepWhatWasDecoded) {
  const EncodedTestModel test;
  const AlignedBytes bytes = Write(test.spec, StorageOptions::Compressed());
  std::optional<VerifiedModel> copy;
  {
    const auto model = VerifiedModel::Verify(bytes.bytes(), nullptr);
    ASSERT_TRUE(model.ok());
    auto same = model->ForSizes({});
    ASSERT_TRUE(same.ok());
    copy = std::move(same).value();
  }
  EXPECT_EQ(std::memcmp(copy->value(6).constant, test.halves.data(), 2000), 0);
}

TEST(EncodedModel, SubgraphsAreEncodedToo) {
  const EncodedTestModel test;
  EncodedTestModel outer;
  outer.spec.subgraphs = {test.spec};
  outer.spec.subgraphs[0].metadata.clear();
  const AlignedBytes bytes = Write(outer.spec, StorageOptions::Compressed());
  const auto model = VerifiedModel::Verify(bytes.bytes(), nullptr);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  EXPECT_EQ(std::memcmp(model->tables().subgraphs[0].values[6].constant, test.halves.data(), 2000), 0);
  EXPECT_EQ(model->tables().decoded_bytes % 2, 0U);
}

TEST(EncodedModel, MoreThanTheLimitIsRefusedBeforeMemoryIsTaken) {
  const EncodedTestModel test;
  const AlignedBytes bytes = Write(test.spec, StorageOptions::Compressed());
  const uint64_t needed = VerifiedModel::Verify(bytes.bytes(), nullptr)->tables().decoded_bytes;
  EXPECT_TRUE(VerifiedModel::Verify(bytes.bytes(), nullptr, {.max_decoded_bytes = needed}).ok());
  EXPECT_EQ(VerifiedModel::Verify(bytes.bytes(), nullptr, {.max_decoded_bytes = needed - 1}).code(),
            StatusCode::kResourceExhausted);
}

// The eight bytes of Graph.decoded_bytes are found by their value, which occurs once.
TEST(EncodedModel, WhatTheModelStatesMustBeTrue) {
  const EncodedTestModel test;
  const AlignedBytes good = Write(test.spec, StorageOptions::Compressed());
  const uint64_t stated = VerifiedModel::Verify(good.bytes(), nullptr)->tables().decoded_bytes;
  const std::string_view text(reinterpret_cast<const char*>(good.bytes().data()), good.bytes().size());
  const std::string_view number(reinterpret_cast<const char*>(&stated), sizeof(stated));
  const size_t at = text.find(number);
  ASSERT_NE(at, std::string_view::npos);
  for (const uint64_t other : {stated - 4, stated + 4, uint64_t{0}}) {
    auto bytes = AlignedBytes::CopyOf(good.bytes());
    ASSERT_TRUE(bytes.ok());
    std::memcpy(bytes->bytes().data() + at, &other, sizeof(other));
    FixChecksums(bytes->bytes());
    EXPECT_EQ(VerifiedModel::Verify(bytes->bytes(), nullptr).code(), StatusCode::kDataLoss) << other;
  }
  auto bytes = AlignedBytes::CopyOf(good.bytes());
  ASSERT_TRUE(bytes.ok());
  bytes->bytes()[52] = std::byte{0};
  FixChecksums(bytes->bytes());
  EXPECT_EQ(VerifiedModel::Verify(bytes->bytes(), nullptr).code(), StatusCode::kDataLoss) << "feature not stated";
}

// An attacker fixes the checksums.
TEST(EncodedModel, ForgedBytesNeverCrash) {
  const EncodedTestModel test;
  const AlignedBytes good = Write(test.spec, StorageOptions::Compressed());
  std::mt19937 random(31);
  size_t accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    auto bytes = AlignedBytes::CopyOf(good.bytes());
    ASSERT_TRUE(bytes.ok());
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int c = 0; c < changes; ++c) {
      bytes->bytes()[64 + random() % (good.bytes().size() - 64)] ^= static_cast<std::byte>(1U << (random() % 8));
    }
    FixChecksums(bytes->bytes());
    accepted += VerifiedModel::Verify(bytes->bytes(), nullptr, {.max_decoded_bytes = 1U << 20}).ok() ? 1 : 0;
  }
  EXPECT_GT(accepted, 0U);
  EXPECT_LT(accepted, 20000U);
}

}  // namespace
}  // namespace verge::format
