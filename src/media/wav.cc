#include "media/wav.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/checked.h"

namespace verge::media {
namespace {

constexpr uint16_t kPcm = 1, kFloat = 3, kExtensible = 0xfffe;
constexpr uint16_t kMaxChannels = 64;

template <typename T>
T Read(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

bool IsAt(std::span<const std::byte> bytes, size_t offset, std::string_view tag) {
  return RangeFits(offset, tag.size(), bytes.size()) && std::memcmp(bytes.data() + offset, tag.data(), tag.size()) == 0;
}

struct Format {
  uint16_t coding = 0;
  uint16_t channels = 0;
  uint32_t rate = 0;
  uint16_t bits = 0;
};

Result<Format> ReadFormat(std::span<const std::byte> chunk) {
  if (chunk.size() < 16) return VERGE_ERROR(kDataLoss, "WAV: the format chunk is cut off");
  Format format{Read<uint16_t>(chunk, 0), Read<uint16_t>(chunk, 2), Read<uint32_t>(chunk, 4),
                Read<uint16_t>(chunk, 14)};
  // The long form names the coding in the first two bytes of an identifier.
  if (format.coding == kExtensible && chunk.size() >= 26) format.coding = Read<uint16_t>(chunk, 24);
  const bool is_integer = format.coding == kPcm && format.bits % 8 == 0 && format.bits >= 8 && format.bits <= 32;
  if (!is_integer && !(format.coding == kFloat && format.bits == 32)) {
    return VERGE_ERROR(kUnsupported, "WAV: coding " + std::to_string(format.coding) + " with " +
                                         std::to_string(format.bits) +
                                         " bits; read are integers of 8 to 32 bits and floats of 32");
  }
  if (format.channels == 0 || format.rate == 0) return VERGE_ERROR(kDataLoss, "WAV: no channels or no sample rate");
  if (format.channels > kMaxChannels) return VERGE_ERROR(kResourceExhausted, "WAV: more than 64 channels");
  return format;
}

// One sample as -1..1.
float Sample(const std::byte* p, const Format& format) {
  if (format.coding == kFloat) {
    float value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
  if (format.bits == 8) return (static_cast<float>(p[0]) - 128.0F) / 128.0F;  // the only unsigned one
  const size_t bytes = format.bits / 8;
  uint32_t raw = 0;
  for (size_t i = 0; i < bytes; ++i) raw |= static_cast<uint32_t>(p[i]) << (8 * (4 - bytes + i));
  return static_cast<float>(static_cast<int32_t>(raw)) / 2147483648.0F;
}

Result<std::vector<float>> ReadSamples(std::span<const std::byte> data, const Format& format) {
  const size_t sample_bytes = format.bits / 8;
  const size_t frames = data.size() / sample_bytes / format.channels;
  if (frames > kMaxWavFrames) return VERGE_ERROR(kResourceExhausted, "WAV: more than 268435456 frames");
  std::vector<float> samples(frames);
  const std::byte* p = data.data();
  for (float& out : samples) {
    float sum = 0;
    for (uint16_t c = 0; c < format.channels; ++c, p += sample_bytes) sum += Sample(p, format);
    out = sum / static_cast<float>(format.channels);
  }
  return samples;
}

}  // namespace

Result<Recording> DecodeWav(std::span<const std::byte> bytes) {
  if (!IsAt(bytes, 0, "RIFF") || !IsAt(bytes, 8, "WAVE")) {
    return VERGE_ERROR(kUnsupported, "not a WAV recording: it does not start with RIFF and WAVE");
  }
  Format format;
  size_t offset = 12;
  while (RangeFits(offset, 8, bytes.size())) {
    size_t size = Read<uint32_t>(bytes, offset + 4);
    const size_t body = offset + 8;
    if (IsAt(bytes, offset, "data")) {
      if (format.rate == 0) return VERGE_ERROR(kDataLoss, "WAV: samples before their format");
      // A writer that was cut off, or did not know the length, leaves a size beyond the end.
      size = std::min(size, bytes.size() - body);
      VERGE_TRY_ASSIGN(std::vector<float> samples, ReadSamples(bytes.subspan(body, size), format));
      return Recording{format.rate, std::move(samples)};
    }
    if (!RangeFits(body, size, bytes.size())) break;
    if (IsAt(bytes, offset, "fmt ")) {
      VERGE_TRY_ASSIGN(format, ReadFormat(bytes.subspan(body, size)));
    }
    offset = body + size + size % 2;  // chunks are padded to even sizes
  }
  return VERGE_ERROR(kDataLoss, "WAV: no data chunk");
}

}  // namespace verge::media
