#include "media/wav.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace verge::media {
namespace {

using testing::ElementsAre;

std::string Number(uint32_t value, size_t bytes) { return {reinterpret_cast<const char*>(&value), bytes}; }

std::string Chunk(const std::string& tag, const std::string& body) {
  return tag + Number(static_cast<uint32_t>(body.size()), 4) + body + std::string(body.size() % 2, '\0');
}

std::string Format(uint32_t coding, uint32_t channels, uint32_t bits) {
  return Chunk("fmt ", Number(coding, 2) + Number(channels, 2) + Number(16000, 4) + Number(0, 4) + Number(0, 2) +
                           Number(bits, 2));
}

Result<Recording> Decode(const std::string& chunks) {
  const std::string file = "RIFF" + Number(static_cast<uint32_t>(chunks.size() + 4), 4) + "WAVE" + chunks;
  return DecodeWav(std::as_bytes(std::span(file)));
}

TEST(Wav, ReadsIntegersAndFloats) {
  const auto words = Decode(Format(1, 1, 16) + Chunk("LIST", "odd") + Chunk("data", Number(0x8000, 2) + Number(1, 2)));
  ASSERT_TRUE(words.ok()) << words.status().ToString();
  EXPECT_EQ(words->rate, 16000u);
  EXPECT_THAT(words->samples, ElementsAre(-1.0F, 1.0F / 32768));
  const auto bytes = Decode(Format(1, 1, 8) + Chunk("data", Number(0xc000, 2)));
  ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
  EXPECT_THAT(bytes->samples, ElementsAre(-1.0F, 0.5F));
  const auto longer = Decode(Format(1, 1, 24) + Chunk("data", Number(0x400000, 3)));
  ASSERT_TRUE(longer.ok()) << longer.status().ToString();
  EXPECT_THAT(longer->samples, ElementsAre(0.5F));
  const auto floats = Decode(Format(3, 1, 32) + Chunk("data", Number(0x3e800000, 4)));
  ASSERT_TRUE(floats.ok()) << floats.status().ToString();
  EXPECT_THAT(floats->samples, ElementsAre(0.25F));
}

TEST(Wav, MixesChannelsByTheirMean) {
  const auto stereo = Decode(Format(1, 2, 16) + Chunk("data", Number(0x4000, 2) + Number(0xc000, 2)));
  ASSERT_TRUE(stereo.ok()) << stereo.status().ToString();
  EXPECT_THAT(stereo->samples, ElementsAre(0.0F));
}

TEST(Wav, TakesWhatIsThereOfACutRecording) {
  const auto cut = Decode(Format(1, 1, 16) + "data" + Number(1000, 4) + Number(0x4000, 2));
  ASSERT_TRUE(cut.ok()) << cut.status().ToString();
  EXPECT_THAT(cut->samples, ElementsAre(0.5F));
}

TEST(Wav, RefusesWhatItCannotRead) {
  EXPECT_EQ(DecodeWav({}).code(), StatusCode::kUnsupported);
  EXPECT_EQ(Decode("").code(), StatusCode::kDataLoss);
  EXPECT_EQ(Decode(Chunk("data", "1234")).code(), StatusCode::kDataLoss);
  EXPECT_EQ(Decode(Chunk("fmt ", "1234")).code(), StatusCode::kDataLoss);
  EXPECT_EQ(Decode(Format(7, 1, 8)).code(), StatusCode::kUnsupported);
  EXPECT_EQ(Decode(Format(1, 0, 16)).code(), StatusCode::kDataLoss);
  EXPECT_EQ(Decode(Format(1, 65, 16)).code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace verge::media
