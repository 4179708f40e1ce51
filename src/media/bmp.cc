// Windows bitmaps: uncompressed, with 1, 8, 24 or 32 bits a pixel, bottom-up or top-down.
#include <cstring>
#include <string>

#include "base/checked.h"
#include "media/image.h"

namespace verge::media {
namespace {

constexpr size_t kFileHeaderBytes = 14;
constexpr size_t kInfoHeaderBytes = 40;  // later versions of the header only add fields

template <typename T>
T Read(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

struct Header {
  int width = 0;
  int height = 0;
  bool is_top_down = false;
  int bits = 0;
  size_t pixels_offset = 0;
  size_t row_bytes = 0;
  std::span<const std::byte> palette;  // 4 bytes an entry: blue, green, red, unused
};

Status CheckSides(int32_t width, int64_t height) {
  if (width < 1 || height < 1) return VERGE_ERROR(kDataLoss, "BMP: a picture without pixels");
  if (width > kMaxImageSide || height > kMaxImageSide ||
      static_cast<size_t>(width) * static_cast<size_t>(height) > kMaxImagePixels) {
    return VERGE_ERROR(kResourceExhausted, "BMP: " + std::to_string(width) + " x " + std::to_string(height) +
                                               " pixels are above the limit of 32768 a side and 67108864 in all");
  }
  return Status::Ok();
}

Result<std::span<const std::byte>> ReadPalette(std::span<const std::byte> bytes, size_t info_bytes, int bits) {
  size_t entries = Read<uint32_t>(bytes, kFileHeaderBytes + 32);
  const size_t most = size_t{1} << bits;
  if (entries == 0 || entries > most) entries = most;
  if (!RangeFits(kFileHeaderBytes + info_bytes, 4 * entries, bytes.size())) {
    return VERGE_ERROR(kDataLoss, "BMP: the palette is cut off");
  }
  return bytes.subspan(kFileHeaderBytes + info_bytes, 4 * entries);
}

Result<Header> ReadHeader(std::span<const std::byte> bytes) {
  if (bytes.size() < kFileHeaderBytes + kInfoHeaderBytes) return VERGE_ERROR(kDataLoss, "BMP: the header is cut off");
  Header header;
  header.pixels_offset = Read<uint32_t>(bytes, 10);
  const size_t info_bytes = Read<uint32_t>(bytes, kFileHeaderBytes);
  const auto width = Read<int32_t>(bytes, kFileHeaderBytes + 4);
  const int64_t height = Read<int32_t>(bytes, kFileHeaderBytes + 8);
  header.bits = Read<uint16_t>(bytes, kFileHeaderBytes + 14);
  const auto compression = Read<uint32_t>(bytes, kFileHeaderBytes + 16);
  if (info_bytes < kInfoHeaderBytes) return VERGE_ERROR(kUnsupported, "BMP: a header of OS/2");
  header.is_top_down = height < 0;
  VERGE_TRY(CheckSides(width, height < 0 ? -height : height));
  header.width = width;
  header.height = static_cast<int>(height < 0 ? -height : height);
  constexpr uint32_t kUncompressed = 0, kBitFields = 3;
  const bool is_plain = compression == kUncompressed || (compression == kBitFields && header.bits == 32);
  if (!is_plain || (header.bits != 1 && header.bits != 8 && header.bits != 24 && header.bits != 32)) {
    return VERGE_ERROR(kUnsupported, "BMP: " + std::to_string(header.bits) + " bits a pixel, compression " +
                                         std::to_string(compression) + "; read are 1, 8, 24 and 32 bits, uncompressed");
  }
  header.row_bytes = (static_cast<size_t>(header.width) * static_cast<size_t>(header.bits) + 31) / 32 * 4;
  if (!RangeFits(header.pixels_offset, header.row_bytes * static_cast<size_t>(header.height), bytes.size())) {
    return VERGE_ERROR(kDataLoss, "BMP: the pixels are cut off");
  }
  if (header.bits <= 8) {
    VERGE_TRY_ASSIGN(header.palette, ReadPalette(bytes, info_bytes, header.bits));
  }
  return header;
}

// The blue-green-red bytes of one pixel; null when its index is beyond the palette.
const std::byte* Pixel(const Header& header, const std::byte* row, int x) {
  const auto column = static_cast<size_t>(x);
  if (header.bits >= 24) return row + column * static_cast<size_t>(header.bits / 8);
  size_t index = 0;
  if (header.bits == 8) {
    index = static_cast<size_t>(row[column]);
  } else {
    index = (static_cast<size_t>(row[column / 8]) >> (7 - column % 8)) & 1;
  }
  return 4 * index < header.palette.size() ? header.palette.data() + 4 * index : nullptr;
}

}  // namespace

Result<Image> DecodeBmp(std::span<const std::byte> bytes) {
  VERGE_TRY_ASSIGN(const Header header, ReadHeader(bytes));
  Image image{header.width, header.height, {}};
  image.rgb.resize(3 * static_cast<size_t>(header.width) * static_cast<size_t>(header.height));
  uint8_t* out = image.rgb.data();
  for (int y = 0; y < header.height; ++y) {
    const auto line = static_cast<size_t>(header.is_top_down ? y : header.height - 1 - y);
    const std::byte* row = bytes.data() + header.pixels_offset + line * header.row_bytes;
    for (int x = 0; x < header.width; ++x, out += 3) {
      const std::byte* bgr = Pixel(header, row, x);
      if (bgr == nullptr) return VERGE_ERROR(kDataLoss, "BMP: a pixel beyond the palette");
      for (size_t k = 0; k < 3; ++k) out[k] = static_cast<uint8_t>(bgr[2 - k]);
    }
  }
  return image;
}

}  // namespace verge::media
