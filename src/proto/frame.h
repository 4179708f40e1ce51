// Frames on the socket pair between agent and runner: 4 bytes little-endian length (1 to 1 MiB), then that many bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::proto {

inline constexpr size_t kMaxFrameBytes = size_t{1} << 20;

// kInvalidArgument for an empty payload or one above kMaxFrameBytes.
Result<std::string> EncodeFrame(std::string_view payload);

// Puts arriving bytes together. Holds at most one frame and what came behind it in the same Feed. A value; one thread.
class FrameDecoder {
 public:
  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole payload; empty when more bytes are needed. kDataLoss for a length of 0 or above kMaxFrameBytes:
  // the stream is of no more use.
  Result<std::optional<std::string>> Next();
  // Bytes waiting for the rest of their frame.
  size_t pending_bytes() const { return buffer_.size() - start_; }

 private:
  std::string buffer_;
  size_t start_ = 0;  // frames before it were given out
};

}  // namespace verge::proto
