#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "media/image.h"

namespace verge::media {
namespace {

using testing::ElementsAre;

template <typename T>
void Put(std::vector<std::byte>& bytes, size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// Headers of 54 bytes, then palette and pixels as given.
std::vector<std::byte> Bmp(int32_t width, int32_t height, uint16_t bits, const std::vector<uint8_t>& palette,
                           const std::vector<uint8_t>& pixels) {
  std::vector<std::byte> bytes(54);
  bytes[0] = std::byte{'B'}, bytes[1] = std::byte{'M'};
  Put<uint32_t>(bytes, 10, static_cast<uint32_t>(54 + palette.size()));
  Put<uint32_t>(bytes, 14, 40);
  Put(bytes, 18, width);
  Put(bytes, 22, height);
  Put(bytes, 28, bits);
  Put<uint32_t>(bytes, 46, static_cast<uint32_t>(palette.size() / 4));
  for (const uint8_t b : palette) bytes.push_back(std::byte{b});
  for (const uint8_t b : pixels) bytes.push_back(std::byte{b});
  return bytes;
}

TEST(Bmp, RowsAreBottomUpInBlueGreenRedAndPaddedToFour) {
  const auto image = DecodeImage(Bmp(1, 2, 24, {}, {1, 2, 3, 0, 4, 5, 6, 0}));
  ASSERT_TRUE(image.ok()) << image.status().ToString();
  EXPECT_THAT(image->rgb, ElementsAre(6, 5, 4, 3, 2, 1));
  const auto top_down = DecodeImage(Bmp(1, -2, 24, {}, {1, 2, 3, 0, 4, 5, 6, 0}));
  ASSERT_TRUE(top_down.ok()) << top_down.status().ToString();
  EXPECT_THAT(top_down->rgb, ElementsAre(3, 2, 1, 6, 5, 4));
}

TEST(Bmp, ReadsPalettesAnd32Bits) {
  const auto indexed = DecodeImage(Bmp(2, 1, 8, {1, 2, 3, 0, 7, 8, 9, 0}, {1, 0, 0, 0}));
  ASSERT_TRUE(indexed.ok()) << indexed.status().ToString();
  EXPECT_THAT(indexed->rgb, ElementsAre(9, 8, 7, 3, 2, 1));
  const auto bits = DecodeImage(Bmp(2, 1, 1, {0, 0, 0, 0, 255, 255, 255, 0}, {0x40, 0, 0, 0}));
  ASSERT_TRUE(bits.ok()) << bits.status().ToString();
  EXPECT_THAT(bits->rgb, ElementsAre(0, 0, 0, 255, 255, 255));
  const auto wide = DecodeImage(Bmp(1, 1, 32, {}, {1, 2, 3, 200}));
  ASSERT_TRUE(wide.ok()) << wide.status().ToString();
  EXPECT_THAT(wide->rgb, ElementsAre(3, 2, 1));
}

TEST(Bmp, RefusesWhatIsCutOffTooLargeOrCompressed) {
  EXPECT_EQ(DecodeImage(Bmp(1, 2, 24, {}, {1, 2, 3, 0})).code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeImage(Bmp(1, 1, 8, {1, 2, 3, 0}, {1, 0, 0, 0})).code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeImage(Bmp(40000, 1, 24, {}, {})).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(DecodeImage(Bmp(1, INT32_MIN, 24, {}, {})).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(DecodeImage(Bmp(0, 1, 24, {}, {})).code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeImage(Bmp(1, 1, 16, {}, {0, 0, 0, 0})).code(), StatusCode::kUnsupported);
  std::vector<std::byte> packed = Bmp(1, 1, 8, {1, 2, 3, 0}, {0, 0, 0, 0});
  Put<uint32_t>(packed, 30, 1);  // run-length coding
  EXPECT_EQ(DecodeImage(packed).code(), StatusCode::kUnsupported);
  packed.resize(40);
  EXPECT_EQ(DecodeImage(packed).code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace verge::media
