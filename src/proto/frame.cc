#include "proto/frame.h"

#include <cstdint>

namespace verge::proto {
namespace {

constexpr size_t kHeaderBytes = 4;

uint32_t ReadLength(const char* bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = (value << 8) | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

Result<std::string> EncodeFrame(std::string_view payload) {
  if (payload.empty() || payload.size() > kMaxFrameBytes) {
    return VERGE_ERROR(kInvalidArgument, "a frame has 1 to 1048576 bytes, not " + std::to_string(payload.size()));
  }
  std::string out;
  out.reserve(kHeaderBytes + payload.size());
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((payload.size() >> shift) & 0xff);
  return out.append(payload);
}

Result<std::optional<std::string>> FrameDecoder::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(start_);
  if (rest.size() >= kHeaderBytes) {
    const size_t length = ReadLength(rest.data());
    if (length == 0 || length > kMaxFrameBytes) {
      return VERGE_ERROR(kDataLoss, "a frame claims " + std::to_string(length) + " bytes; 1 to 1048576 are allowed");
    }
    if (rest.size() - kHeaderBytes >= length) {
      std::string payload(rest.substr(kHeaderBytes, length));
      start_ += kHeaderBytes + length;
      return std::optional<std::string>(std::move(payload));
    }
  }
  buffer_.erase(0, start_);
  start_ = 0;
  return std::optional<std::string>();
}

}  // namespace verge::proto
