#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
// jpeglib.h needs FILE and size_t declared first.
#include <jpeglib.h>

#include "media/image.h"

#include <gtest/gtest.h>
#include <png.h>

#include <cmath>
#include <cstring>
#include <random>

#include "media/array.h"

namespace verge::media {
namespace {

Image Gradient(int width, int height) {
  Image image{width, height, {}};
  for (int r = 0; r < height; ++r) {
    for (int c = 0; c < width; ++c) {
      image.rgb.push_back(static_cast<uint8_t>(255 * c / width));
      image.rgb.push_back(static_cast<uint8_t>(255 * r / height));
      image.rgb.push_back(128);
    }
  }
  return image;
}

std::vector<std::byte> EncodePng(const Image& image) {
  png_image png;
  std::memset(&png, 0, sizeof(png));
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  EXPECT_NE(png_image_write_to_memory(&png, nullptr, &size, 0, image.rgb.data(), 0, nullptr), 0);
  std::vector<std::byte> bytes(size);
  EXPECT_NE(png_image_write_to_memory(&png, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr), 0);
  bytes.resize(size);
  return bytes;
}

// A grey 8 x 8 progressive JPEG: one scan for the DC values, then one a component and AC coefficient, the first
// `scans`.
std::vector<std::byte> ProgressiveJpeg(int scans) {
  std::vector<jpeg_scan_info> script = {{3, {0, 1, 2, 0}, 0, 0, 0, 0}};
  for (int i = 0; static_cast<int>(script.size()) < scans; ++i) {
    script.push_back({1, {i / 63, 0, 0, 0}, 1 + i % 63, 1 + i % 63, 0, 0});
  }
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = info.image_height = 8;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  info.scan_info = script.data();
  info.num_scans = scans;
  jpeg_start_compress(&info, TRUE);
  std::array<JSAMPLE, 24> row{};
  row.fill(128);
  for (int y = 0; y < 8; ++y) {
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&info, &rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const auto* first = reinterpret_cast<const std::byte*>(bytes);
  std::vector<std::byte> out(first, first + size);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): jpeg_mem_dest allocates with malloc
  return out;
}

TEST(Jpeg, LimitsTheScansOfAProgressivePicture) {
  const auto good = DecodeJpeg(ProgressiveJpeg(100));
  ASSERT_TRUE(good.ok()) << good.status().ToString();
  EXPECT_EQ(good->width, 8);
  EXPECT_EQ(DecodeJpeg(ProgressiveJpeg(101)).code(), StatusCode::kResourceExhausted);
}

TEST(Image, JpegComesBackNearly) {
  const Image image = Gradient(40, 24);
  const auto bytes = EncodeJpeg(image.view(), 95);
  ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
  const auto back = DecodeImage(*bytes);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  ASSERT_EQ(back->width, 40);
  ASSERT_EQ(back->height, 24);
  for (size_t i = 0; i < image.rgb.size(); ++i) ASSERT_NEAR(image.rgb[i], back->rgb[i], 12) << i;
}

TEST(Image, PngComesBackExactly) {
  const Image image = Gradient(17, 9);
  const auto back = DecodeImage(EncodePng(image));
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_EQ(back->width, 17);
  EXPECT_EQ(back->rgb, image.rgb);
}

TEST(Image, TruncatedAndFlippedBytesNeverCrash) {
  const Image image = Gradient(33, 21);
  const auto jpeg = EncodeJpeg(image.view(), 80);
  ASSERT_TRUE(jpeg.ok());
  std::mt19937 random(7);
  for (const std::vector<std::byte>& bytes : {*jpeg, EncodePng(image)}) {
    for (size_t n = 0; n + 12 < bytes.size(); n += 7) EXPECT_FALSE(DecodeImage(std::span(bytes).first(n)).ok()) << n;
    for (int i = 0; i < 500; ++i) {
      std::vector<std::byte> flipped = bytes;
      flipped[random() % flipped.size()] ^= static_cast<std::byte>(1U << (random() % 8));
      const auto result = DecodeImage(flipped);
      (void)result;  // any answer but a crash
    }
  }
}

TEST(Image, RefusesOtherBytesAndBadArguments) {
  const std::vector<std::byte> text(64, std::byte{'x'});
  EXPECT_EQ(DecodeImage(text).code(), StatusCode::kUnsupported);
  EXPECT_EQ(DecodeImage({}).code(), StatusCode::kUnsupported);
  EXPECT_EQ(EncodeJpeg(Gradient(8, 8).view(), 0).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeJpeg({}, 90).code(), StatusCode::kDataLoss);
  EXPECT_EQ(ResizeBilinear(Gradient(8, 8).view(), 0, 4).code(), StatusCode::kInvalidArgument);
}

TEST(Image, AHugePngHeaderIsRefusedBeforeMemoryIsTaken) {
  std::vector<std::byte> bytes = EncodePng(Gradient(4, 4));
  // IHDR width and height are at bytes 16..23, big-endian; a wrong CRC alone is an error as well.
  bytes[17] = std::byte{0x7f};
  bytes[21] = std::byte{0x7f};
  EXPECT_FALSE(DecodeImage(bytes).ok());
}

TEST(Image, ResizeToTheSameSizeIsTheIdentity) {
  const Image image = Gradient(19, 11);
  const auto same = ResizeBilinear(image.view(), 19, 11);
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(same->rgb, image.rgb);
}

// Halving with centres at half integers takes the mean of 2 x 2 pixels.
TEST(Image, HalvingAverages) {
  Image image{4, 2, {}};
  for (int i = 0; i < 8; ++i) image.rgb.insert(image.rgb.end(), 3, static_cast<uint8_t>(i * 10));
  const auto half = ResizeBilinear(image.view(), 2, 1);
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(half->rgb[0], (0 + 10 + 40 + 50) / 4);
  EXPECT_EQ(half->rgb[3], (20 + 30 + 60 + 70) / 4);
}

TEST(Image, TensorsGetNormalisedPixels) {
  Image image{2, 2, std::vector<uint8_t>(12, 255)};
  image.rgb[0] = 0;
  auto f32 = Array::Allocate(DType::kF32, {1, 2, 2, 3});
  ASSERT_TRUE(f32.ok());
  ASSERT_TRUE(ImageToTensor(image.view(), Normalization::Range(-1, 1), f32->tensor()).ok());
  EXPECT_NEAR(f32->tensor().as<float>()[0], -1.0F, 1e-6F);
  EXPECT_NEAR(f32->tensor().as<float>()[11], 1.0F, 1e-6F);

  auto i8 = Array::Allocate(DType::kI8, {2, 2, 3});
  ASSERT_TRUE(i8.ok());
  const Normalization to_i8{{128, 128, 128}, {1, 1, 1}};
  ASSERT_TRUE(ImageToTensor(image.view(), to_i8, i8->tensor()).ok());
  EXPECT_EQ(i8->tensor().as<int8_t>()[0], -128);
  EXPECT_EQ(i8->tensor().as<int8_t>()[11], 127);
}

TEST(Image, TensorsOfOtherShapesAreRefused) {
  const Image image = Gradient(4, 4);
  for (const Shape& shape : {Shape{1, 4, 4, 1}, Shape{2, 4, 4, 3}, Shape{12}, Shape{1, 3, 4, 4}}) {
    auto array = Array::Allocate(DType::kF32, shape);
    ASSERT_TRUE(array.ok());
    const Status status = ImageToTensor(image.view(), {}, array->tensor());
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << ToString(shape);
  }
}

}  // namespace
}  // namespace verge::media
