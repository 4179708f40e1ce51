#include "runner/pipeline/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::runner::pipeline {
namespace {

using testing::HasSubstr;

std::vector<RecordedStream> Streams() {
  Port frames = Port::Of(PortKind::kFrames);
  Port samples = Port::Of(PortKind::kSamples);
  samples.channels = {"pulse", "spo2"};
  samples.rate_hz = 1;
  return {{"camera", frames}, {"vitals", samples}, {"seen", Port::Of(PortKind::kTracks)}};
}

std::string Write(const sys::TempDir& dir) {
  auto writer = RecordingWriter::Create(dir.File("a.vrec"), 1234567).value();
  EXPECT_TRUE(writer->Begin(Streams()).ok());
  Packet frame;
  frame.frame = 7;
  frame.media_us = 1000;
  frame.image = std::make_shared<const media::Image>(media::Image{2, 1, {1, 2, 3, 4, 5, 6}});
  EXPECT_TRUE(writer->Take("camera", frame).ok());
  Packet vitals;
  vitals.media_us = 2000;
  vitals.samples = std::make_shared<const Samples>(Samples{{1500, 2000}, {60, 97.5, std::nan(""), 98}});
  EXPECT_TRUE(writer->Take("vitals", vitals).ok());
  Packet mark;
  mark.is_mark = true;
  mark.media_us = 3000;
  EXPECT_TRUE(writer->Take("vitals", mark).ok());
  Packet seen;
  seen.objects = {{"person", 0.5F, {0.1F, 0.2F, 0.3F, 0.4F}, 9, 55}};
  EXPECT_TRUE(writer->Take("seen", seen).ok());
  EXPECT_TRUE(writer->Finish().ok());
  return sys::ReadFile(dir.File("a.vrec"), 1 << 20).value();
}

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(Recording, GivesBackWhatWasTaken) {
  const auto dir = sys::TempDir::Create().value();
  const std::string bytes = Write(dir);
  const Result<Recording> recording = Recording::Open(Bytes(bytes));
  ASSERT_TRUE(recording.ok()) << recording.status().ToString();
  EXPECT_EQ(recording->start_ms(), 1234567);
  EXPECT_EQ(recording->packets(), 4u);
  ASSERT_EQ(recording->streams().size(), 3u);
  EXPECT_EQ(recording->Find("vitals")->port.channels, (std::vector<std::string>{"pulse", "spo2"}));
  EXPECT_EQ(recording->Find("nobody"), nullptr);

  Packet packet;
  Recording::Cursor camera = recording->Read("camera");
  ASSERT_TRUE(camera.Next(packet).value());
  EXPECT_EQ(packet.frame, 7);
  EXPECT_EQ(packet.media_us, 1000);
  EXPECT_EQ(packet.image->rgb, (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_FALSE(camera.Next(packet).value());

  Recording::Cursor vitals = recording->Read("vitals");
  ASSERT_TRUE(vitals.Next(packet).value());
  EXPECT_EQ(packet.samples->times_us, (std::vector<int64_t>{1500, 2000}));
  EXPECT_EQ(packet.samples->values[1], 97.5);
  EXPECT_TRUE(std::isnan(packet.samples->values[2]));
  ASSERT_TRUE(vitals.Next(packet).value());
  EXPECT_TRUE(packet.is_mark);
  EXPECT_EQ(packet.media_us, 3000);

  Recording::Cursor seen = recording->Read("seen");
  ASSERT_TRUE(seen.Next(packet).value());
  EXPECT_EQ(packet.objects[0].label, "person");
  EXPECT_EQ(packet.objects[0].track, 9u);
  EXPECT_EQ(packet.objects[0].first_seen_us, 55);
  EXPECT_EQ(packet.objects[0].box.y1, 0.4F);
}

// Every shorter file is refused, so none is taken for the whole.
TEST(Recording, ACutFileIsRefusedAtEveryLength) {
  const auto dir = sys::TempDir::Create().value();
  const std::string bytes = Write(dir);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<Recording> recording = Recording::Open(Bytes(bytes).first(size));
    ASSERT_FALSE(recording.ok()) << size;
    EXPECT_EQ(recording.status().code(), size > 5 && size < 8 ? StatusCode::kUnsupported : StatusCode::kDataLoss)
        << size;
  }
  EXPECT_THAT(std::string(Recording::Open(Bytes(bytes).first(100)).status().message()),
              HasSubstr("cut off at byte 100"));
  EXPECT_FALSE(Recording::Open(Bytes(bytes + "x")).ok());
  EXPECT_THAT(std::string(Recording::Open(Bytes(std::string(100, 'x'))).status().message()), HasSubstr("no recording"));
}

TEST(Recording, ManyAChangedByteIsAnErrorAndNoneACrash) {
  const auto dir = sys::TempDir::Create().value();
  const std::string bytes = Write(dir);
  size_t refused = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const Result<Recording> recording = Recording::Open(Bytes(changed));
      if (!recording.ok()) {
        ++refused;
        continue;
      }
      for (size_t s = 0; s < recording->streams().size(); ++s) {
        Recording::Cursor cursor(*recording, s);
        Packet packet;
        while (cursor.Next(packet).value()) {
        }
      }
    }
  }
  EXPECT_GT(refused, bytes.size());
}

}  // namespace
}  // namespace verge::runner::pipeline
