// jpeglib.h needs FILE and size_t declared first.
#include <cstddef>
#include <cstdio>

#include <jpeglib.h>
#include <png.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "media/image.h"

namespace verge::media {
namespace {

Status CheckSize(uint64_t width, uint64_t height) {
  constexpr uint64_t kMaxSide = kMaxImageSide;
  if (width == 0 || height == 0) return VERGE_ERROR(kDataLoss, "a picture without pixels");
  if (width > kMaxSide || height > kMaxSide || width * height > kMaxImagePixels) {
    return VERGE_ERROR(kResourceExhausted, "a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                                               " pixels is above the limit of 32768 a side and 67108864 in all");
  }
  return Status::Ok();
}

// libjpeg reports through callbacks that must not return; the text waits here until the jump has landed.
struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf landing;
  char text[JMSG_LENGTH_MAX];
  bool is_damaged;
  bool has_too_many_scans;
};

void OnJpegError(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->text);
  std::longjmp(errors->landing, 1);
}

// Level -1 is a warning: the data are corrupt and libjpeg goes on with a guess.
void OnJpegMessage(j_common_ptr info, int level) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  if (level >= 0 || errors->is_damaged) return;
  info->err->format_message(info, errors->text);
  errors->is_damaged = true;
}

// A few bytes of a progressive file can ask for one more pass over the whole picture; real files have about ten.
constexpr int kMaxJpegScans = 100;

void OnJpegProgress(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxJpegScans) return;
  errors->has_too_many_scans = true;
  std::longjmp(errors->landing, 1);
}

jpeg_error_mgr* Install(JpegErrors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = &OnJpegError;
  errors.manager.emit_message = &OnJpegMessage;
  errors.text[0] = '\0';
  errors.is_damaged = false;
  errors.has_too_many_scans = false;
  return &errors.manager;
}

// Between setjmp and longjmp no object with a destructor may be made, so decoding is cut into steps that take plain
// pointers; the owner of decompressor and pixels stands outside.
struct JpegReader {
  jpeg_decompress_struct info{};
  JpegErrors errors{};
  jpeg_progress_mgr progress{};

  JpegReader() { info.err = Install(errors); }
  ~JpegReader() { jpeg_destroy_decompress(&info); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  bool ReadHeader(const unsigned char* data, unsigned long size) {
    if (setjmp(errors.landing) != 0) return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, size);
    jpeg_read_header(&info, TRUE);
    return true;
  }

  bool ReadPixels(uint8_t* rgb) {
    if (setjmp(errors.landing) != 0) return false;
    progress.progress_monitor = &OnJpegProgress;
    info.progress = &progress;
    info.out_color_space = JCS_RGB;
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = rgb + static_cast<size_t>(info.output_scanline) * info.output_width * 3;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    return true;
  }
};

struct JpegWriter {
  jpeg_compress_struct info{};
  JpegErrors errors{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  JpegWriter() { info.err = Install(errors); }
  ~JpegWriter() {
    jpeg_destroy_compress(&info);
    std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): jpeg_mem_dest allocates with malloc
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  bool Write(const ImageView& image, int quality) {
    if (setjmp(errors.landing) != 0) return false;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      auto* row = const_cast<JSAMPROW>(image.rgb + info.next_scanline * image.stride_bytes);
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
  }
};

struct FreePng {
  void operator()(png_image* p) const { png_image_free(p); }
};

bool StartsWith(std::span<const std::byte> bytes, std::initializer_list<int> magic) {
  if (bytes.size() < magic.size()) return false;
  size_t i = 0;
  for (const int m : magic) {
    if (bytes[i++] != static_cast<std::byte>(m)) return false;
  }
  return true;
}

}  // namespace

Result<Image> DecodeJpeg(std::span<const std::byte> bytes) {
  JpegReader reader;
  if (!reader.ReadHeader(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size())) {
    return VERGE_ERROR(kDataLoss, std::string("JPEG: ") + reader.errors.text);
  }
  VERGE_TRY(CheckSize(reader.info.image_width, reader.info.image_height));
  if (reader.info.jpeg_color_space == JCS_CMYK || reader.info.jpeg_color_space == JCS_YCCK) {
    return VERGE_ERROR(kUnsupported, "JPEG with CMYK colours: convert it to RGB first");
  }
  Image image{static_cast<int>(reader.info.image_width), static_cast<int>(reader.info.image_height), {}};
  image.rgb.resize(3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
  const bool is_read = reader.ReadPixels(image.rgb.data());
  if (reader.errors.has_too_many_scans) {
    return VERGE_ERROR(kResourceExhausted, "JPEG: more than " + std::to_string(kMaxJpegScans) + " scans");
  }
  if (!is_read || reader.errors.is_damaged) {
    return VERGE_ERROR(kDataLoss, std::string("JPEG: ") + reader.errors.text);
  }
  return image;
}

Result<Image> DecodePng(std::span<const std::byte> bytes) {
  png_image png;
  std::memset(&png, 0, sizeof(png));
  png.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, FreePng> freed(&png);
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) {
    return VERGE_ERROR(kDataLoss, std::string("PNG: ") + png.message);
  }
  VERGE_TRY(CheckSize(png.width, png.height));
  png.format = PNG_FORMAT_RGB;
  Image image{static_cast<int>(png.width), static_cast<int>(png.height), {}};
  image.rgb.resize(PNG_IMAGE_SIZE(png));
  const png_color black{};
  if (png_image_finish_read(&png, &black, image.rgb.data(), 0, nullptr) == 0) {
    return VERGE_ERROR(kDataLoss, std::string("PNG: ") + png.message);
  }
  return image;
}

Result<Image> DecodeImage(std::span<const std::byte> bytes) {
  if (StartsWith(bytes, {0xff, 0xd8, 0xff})) return DecodeJpeg(bytes);
  if (StartsWith(bytes, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})) return DecodePng(bytes);
  if (StartsWith(bytes, {'B', 'M'})) return DecodeBmp(bytes);
  return VERGE_ERROR(kUnsupported, "neither a JPEG nor a PNG nor a BMP picture");
}

Result<std::vector<std::byte>> EncodeJpeg(const ImageView& image, int quality) {
  VERGE_TRY(CheckSize(static_cast<uint64_t>(image.width), static_cast<uint64_t>(image.height)));
  if (quality < 1 || quality > 100) return VERGE_ERROR(kInvalidArgument, "JPEG quality must be 1..100");
  JpegWriter writer;
  if (!writer.Write(image, quality)) return VERGE_ERROR(kInternal, std::string("JPEG: ") + writer.errors.text);
  const auto* first = reinterpret_cast<const std::byte*>(writer.bytes);
  return std::vector<std::byte>(first, first + writer.size);
}

}  // namespace verge::media
