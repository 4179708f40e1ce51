// Pictures: JPEG, PNG and BMP in, JPEG out, and the way from pixels to a model's input tensor.
//
// Pixels    8-bit RGB, rows from top to bottom. Grey pictures become RGB; transparency is laid over black.
// Limits    at most kMaxImageSide a side and kMaxImagePixels in all, checked before memory is taken.
// Errors    kDataLoss for malformed or truncated bytes; kUnsupported for colour models we do not convert (CMYK) and for
//           other formats; kResourceExhausted above the limits.
// Threads   pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"

namespace verge::media {

inline constexpr int kMaxImageSide = 32768;
inline constexpr size_t kMaxImagePixels = size_t{1} << 26;

// Borrowed pixels: row r starts at rgb + r * stride_bytes, stride_bytes >= 3 * width.
struct ImageView {
  const uint8_t* rgb = nullptr;
  int width = 0;
  int height = 0;
  size_t stride_bytes = 0;
};

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // 3 * width * height
  ImageView view() const { return {rgb.data(), width, height, 3 * static_cast<size_t>(width)}; }
};

// Finds out the format by the first bytes.
Result<Image> DecodeImage(std::span<const std::byte> bytes);
Result<Image> DecodeJpeg(std::span<const std::byte> bytes);
Result<Image> DecodePng(std::span<const std::byte> bytes);
Result<Image> DecodeBmp(std::span<const std::byte> bytes);

// quality 1..100.
Result<std::vector<std::byte>> EncodeJpeg(const ImageView& image, int quality);

// y = (x - mean[c]) * scale[c] for x in 0..255.
struct Normalization {
  std::array<float, 3> mean = {0, 0, 0};
  std::array<float, 3> scale = {1, 1, 1};

  // Maps 0..255 to lo..hi.
  static Normalization Range(float lo, float hi) {
    const float scale = (hi - lo) / 255.0F;
    const float mean = -lo / scale;
    return {{mean, mean, mean}, {scale, scale, scale}};
  }
};

// Bilinear interpolation with pixel centres at half integers and edges repeated (source x = (i + 0.5) * w / W - 0.5),
// without a low-pass filter, as the image models of the TFLite world are fed.
Result<Image> ResizeBilinear(const ImageView& image, int width, int height);

// Resizes to the tensor's H x W and writes (x - mean) * scale. `out` is [1, H, W, 3] or [H, W, 3], f32; u8 and i8 take
// the rounded and clamped value. Anything else: kInvalidArgument that says what the tensor is.
Status ImageToTensor(const ImageView& image, const Normalization& normalization, const Tensor& out);

}  // namespace verge::media
