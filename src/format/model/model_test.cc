#include "format/model/model.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

#include "format/model/crc32c.h"
#include "format/model/test_model.h"
#include "ops/conv2d/conv2d.h"

namespace verge::format {
namespace {

AlignedBytes Write(const ModelSpec& spec) {
  Result<AlignedBytes> bytes = WriteModel(spec);
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  return bytes.ok() ? std::move(bytes).value() : AlignedBytes();
}

Result<VerifiedModel> VerifyBytes(const AlignedBytes& bytes) { return VerifiedModel::Verify(bytes.bytes(), nullptr); }

// Makes the checksums right again after a test has changed the bytes.
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

TEST(Model, ComesBackAsItWasWritten) {
  const TestModel test;
  const AlignedBytes bytes = Write(test.spec);
  const auto model = VerifyBytes(bytes);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  const ModelTables& t = model->tables();
  EXPECT_EQ(t.name, "test");
  ASSERT_EQ(t.values.size(), 6U);
  ASSERT_EQ(t.nodes.size(), 3U);
  EXPECT_EQ(t.values[3].name, "c");
  EXPECT_EQ(t.values[3].type.shape, (Shape{1, 4, 3, 4}));
  EXPECT_EQ(t.values[0].constant, nullptr);
  ASSERT_NE(t.values[1].constant, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(t.values[2].constant) % 64, 0U);
  EXPECT_EQ(std::memcmp(t.values[2].constant, test.bias.data(), 16), 0);
  EXPECT_EQ(t.nodes[0].attrs.As<ops::Conv2dAttrs>().activation, ops::kActivationRelu6);
  EXPECT_EQ(t.nodes[0].attrs.As<ops::Conv2dAttrs>().stride_h, 1);
  EXPECT_EQ(t.outputs.size(), 2U);
  EXPECT_EQ(t.metadata[1].second, "a\nb");
  // Constants point into the file's own bytes.
  EXPECT_GE(t.values[1].constant, bytes.bytes().data());
  EXPECT_LT(t.values[1].constant, bytes.bytes().data() + bytes.bytes().size());
}

TEST(Model, WritingIsDeterministic) {
  const TestModel one, two;
  const AlignedBytes a = Write(one.spec), b = Write(two.spec);
  EXPECT_TRUE(std::ranges::equal(a.bytes(), b.bytes()));
}

TEST(Model, QuantisationComesBack) {
  TestModel test;
  test.spec.values[0].type.quant = {test.scale, test.zero_point, 0};
  const AlignedBytes bytes = Write(test.spec);
  const auto model = VerifyBytes(bytes);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  ASSERT_TRUE(model->value(0).type.quant.is_quantised());
  EXPECT_EQ(model->value(0).type.quant.scales[0], 0.5F);
}

TEST(Model, EveryCutIsDataLoss) {
  const TestModel test;
  const AlignedBytes bytes = Write(test.spec);
  for (size_t n = 0; n < bytes.bytes().size(); n += n < 128 ? 1 : 97) {
    const auto cut = AlignedBytes::CopyOf(bytes.bytes().first(n));
    ASSERT_TRUE(cut.ok());
    const auto model = VerifyBytes(*cut);
    ASSERT_EQ(model.code(), StatusCode::kDataLoss) << n;
    EXPECT_NE(model.status().message().find("truncated"), std::string_view::npos) << model.status().ToString();
  }
}

TEST(Model, EveryFlippedBitIsNoticed) {
  const TestModel test;
  AlignedBytes bytes = Write(test.spec);
  for (size_t i = 0; i < bytes.bytes().size(); ++i) {
    const std::byte bit = static_cast<std::byte>(1U << (i % 8));
    bytes.bytes()[i] ^= bit;
    EXPECT_FALSE(VerifyBytes(bytes).ok()) << "byte " << i;
    bytes.bytes()[i] ^= bit;
  }
  EXPECT_TRUE(VerifyBytes(bytes).ok());
}

// An attacker fixes the checksums: the verifier must stand on its own. Any answer but a crash; and what is accepted is
// sound.
TEST(Model, ForgedBytesNeverCrash) {
  const TestModel test;
  const AlignedBytes good = Write(test.spec);
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    auto bytes = AlignedBytes::CopyOf(good.bytes());
    ASSERT_TRUE(bytes.ok());
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int c = 0; c < changes; ++c) {
      bytes->bytes()[64 + random() % (good.bytes().size() - 64)] ^= static_cast<std::byte>(1U << (random() % 8));
    }
    FixChecksums(bytes->bytes());
    const auto model = VerifyBytes(*bytes);
    if (!model.ok()) continue;
    for (const ModelValue& value : model->tables().values) {
      ASSERT_TRUE(value.type.CheckedBytes().has_value());
      if (value.constant == nullptr) continue;
      ASSERT_LE(value.constant + *value.type.CheckedBytes(), bytes->bytes().data() + bytes->bytes().size());
    }
  }
}

struct Forgery {
  const char* name;
  std::function<void(TestModel&)> change;
  StatusCode code;
  const char* says;
};

TEST(Model, RefusesWhatMakesNoSense) {
  const Forgery forgeries[] = {
      {"index", [](TestModel& t) { t.spec.nodes[1].inputs = {99}; }, StatusCode::kDataLoss, "value 99 of 6"},
      {"order", [](TestModel& t) { std::swap(t.spec.nodes[0], t.spec.nodes[1]); }, StatusCode::kDataLoss,
       "before anything defines"},
      {"twice", [](TestModel& t) { t.spec.nodes[1].outputs = {3}; }, StatusCode::kDataLoss, "defined already"},
      {"writes a constant", [](TestModel& t) { t.spec.nodes[1].outputs = {1}; }, StatusCode::kDataLoss,
       "defined already"},
      {"arity", [](TestModel& t) { t.spec.nodes[1].inputs = {3, 3}; }, StatusCode::kDataLoss, "2 inputs"},
      {"omitted", [](TestModel& t) { t.spec.nodes[0].inputs[1] = kOmittedInput; }, StatusCode::kDataLoss, "omitted"},
      {"shape", [](TestModel& t) { t.spec.values[3].type.shape = Shape{1, 4, 4, 4}; }, StatusCode::kDataLoss,
       "[1, 4, 3, 4]"},
      {"rule", [](TestModel& t) { t.spec.values[0].type.shape = Shape{1, 6, 5, 3}; }, StatusCode::kDataLoss, "input 1"},
      {"dtype", [](TestModel& t) { t.spec.values[5].type.dtype = DType::kI32; }, StatusCode::kDataLoss, "i32"},
      {"unknown dtype", [](TestModel& t) { t.spec.values[5].type.dtype = static_cast<DType>(77); },
       StatusCode::kUnsupported, "type 77"},
      {"overflow", [](TestModel& t) { t.spec.values[0].type.shape = Shape{INT64_MAX, INT64_MAX}; },
       StatusCode::kDataLoss, "overflow"},
      // 64 TiB that an activation, and a constant, claim to have: refused before memory is taken.
      {"huge activation", [](TestModel& t) { t.spec.values[0].type.shape = Shape{1 << 22, 1 << 22, 1, 1}; },
       StatusCode::kDataLoss, sizeof(size_t) > 4 ? "input 0" : "overflows"},
      {"no outputs", [](TestModel& t) { t.spec.outputs.clear(); }, StatusCode::kDataLoss, "no outputs"},
      {"output index", [](TestModel& t) { t.spec.outputs = {6}; }, StatusCode::kDataLoss, "value 6"},
      {"input twice", [](TestModel& t) { t.spec.inputs = {0, 0}; }, StatusCode::kDataLoss, "two inputs"},
      {"input is constant", [](TestModel& t) { t.spec.inputs = {0, 1}; }, StatusCode::kDataLoss, "constant"},
      {"orphan", [](TestModel& t) { t.spec.values.push_back({"lost", {}, {}}); }, StatusCode::kDataLoss,
       "nothing defines"},
      {"empty name", [](TestModel& t) { t.spec.values[3].name = ""; }, StatusCode::kDataLoss, "name"},
      {"escape in a name", [](TestModel& t) { t.spec.nodes[0].name = "\x1b[31m"; }, StatusCode::kDataLoss, "control"},
      {"scale",
       [](TestModel& t) {
         t.scale[0] = -1;
         t.spec.values[0].type.quant = {t.scale, t.zero_point, 0};
       },
       StatusCode::kDataLoss, "scale"},
      {"zero point",
       [](TestModel& t) {
         t.zero_point[0] = 3;
         t.spec.values[0].type.quant = {t.scale, t.zero_point, 0};
       },
       StatusCode::kDataLoss, "zero point"},
      {"attribute", [](TestModel& t) { t.spec.nodes[0].attrs.As<ops::Conv2dAttrs>().stride_h = -4; },
       StatusCode::kDataLoss, "stride_h"},
  };
  for (const Forgery& forgery : forgeries) {
    TestModel test;
    forgery.change(test);
    const AlignedBytes bytes = Write(test.spec);
    const auto model = VerifyBytes(bytes);
    ASSERT_FALSE(model.ok()) << forgery.name;
    EXPECT_EQ(model.code(), forgery.code) << forgery.name << ": " << model.status().ToString();
    EXPECT_NE(model.status().message().find(forgery.says), std::string_view::npos)
        << forgery.name << ": " << model.status().ToString();
  }
}

// Replaces a string in the file by one of the same length.
void Patch(AlignedBytes& bytes, std::string_view from, std::string_view to) {
  ASSERT_EQ(from.size(), to.size());
  std::string_view text(reinterpret_cast<const char*>(bytes.bytes().data()), bytes.bytes().size());
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string_view::npos);
  std::memcpy(bytes.bytes().data() + at, to.data(), to.size());
  FixChecksums(bytes.bytes());
}

TEST(Model, SaysWhatANewerFileNeeds) {
  const TestModel test;
  {
    AlignedBytes bytes = Write(test.spec);
    Patch(bytes, "conv2d", "conv9d");
    const auto model = VerifyBytes(bytes);
    EXPECT_EQ(model.code(), StatusCode::kUnsupported);
    EXPECT_NE(model.status().message().find("conv9d"), std::string_view::npos) << model.status().ToString();
  }
  {
    AlignedBytes bytes = Write(test.spec);
    Patch(bytes, "activation", "activatiom");
    const auto model = VerifyBytes(bytes);
    EXPECT_EQ(model.code(), StatusCode::kUnsupported);
    EXPECT_NE(model.status().message().find("activatiom"), std::string_view::npos) << model.status().ToString();
  }
  {
    AlignedBytes bytes = Write(test.spec);
    bytes.bytes()[4] = std::byte{2};
    EXPECT_EQ(VerifyBytes(bytes).code(), StatusCode::kUnsupported);
  }
  {
    AlignedBytes bytes = Write(test.spec);
    bytes.bytes()[52] = std::byte{0x80};
    EXPECT_EQ(VerifyBytes(bytes).code(), StatusCode::kUnsupported);
  }
}

TEST(Model, StatedFeaturesAreThoseThatAreUsed) {
  TestModel test;
  AlignedBytes plain = Write(test.spec);
  plain.bytes()[52] = std::byte{kFeatureStates};
  EXPECT_EQ(VerifyBytes(plain).code(), StatusCode::kDataLoss);
  test.spec.values.push_back({"memory", test.spec.values[5].type, {}});
  test.spec.states = {{6, 5}};
  const AlignedBytes bytes = Write(test.spec);
  const auto model = VerifyBytes(bytes);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  ASSERT_EQ(model->tables().states.size(), 1U);
  EXPECT_EQ(model->tables().states[0].output, 5U);
  EXPECT_EQ(model->tables().states[0].initial, nullptr);
}

TEST(Model, SkippingTheWeightsChecksumIsPossible) {
  const TestModel test;
  AlignedBytes bytes = Write(test.spec);
  bytes.bytes().back() ^= std::byte{1};
  EXPECT_FALSE(VerifyBytes(bytes).ok());
  EXPECT_TRUE(VerifiedModel::Verify(bytes.bytes(), nullptr, {.check_weights = false}).ok());
}

TEST(Model, MisalignedMemoryIsTheCallersFault) {
  const TestModel test;
  const AlignedBytes bytes = Write(test.spec);
  EXPECT_EQ(VerifiedModel::Verify(bytes.bytes().subspan(8), nullptr).code(), StatusCode::kInvalidArgument);
}

TEST(Model, TheWriterChecksConstants) {
  TestModel test;
  test.spec.values[2].constant = test.spec.values[2].constant->first(8);
  EXPECT_EQ(WriteModel(test.spec).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::format
