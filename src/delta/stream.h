// One compressed stream of bytes, and zstd behind a face without raw pointers. Internal to delta.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "delta/adaptive.h"
#include "delta/header.h"

namespace verge::delta {

// A zstd frame, decoded piece by piece. `prefix` is what the writer's prefix was and must outlive it.
class ZstdDecoder {
 public:
  static Result<std::unique_ptr<ZstdDecoder>> Open(std::string_view frame, std::string_view prefix, int window_log);
  ~ZstdDecoder();
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  // All of `out`, or kDataLoss.
  Status Read(std::span<char> out);
  // kDataLoss unless the frame has ended and nothing follows it.
  Status Finish();

 private:
  struct State;
  explicit ZstdDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One frame, level 19; the prefix may be empty.
Result<std::string> CompressZstd(std::string_view bytes, std::string_view prefix, int window_log);

// Whichever codec is smallest.
struct EncodedStream {
  StreamEntry entry;
  std::string bytes;
};
Result<EncodedStream> EncodeStream(std::string_view bytes);

class StreamReader {
 public:
  static Result<StreamReader> Open(const StreamEntry& entry, std::string_view stored);
  // All of `out`, or kDataLoss when the stream is shorter or damaged.
  Status Read(std::span<char> out);
  // kDataLoss unless everything was read.
  Status Finish();

 private:
  StreamReader() = default;
  StreamEntry entry_;
  std::string_view stored_;
  uint64_t read_bytes_ = 0;
  std::unique_ptr<ZstdDecoder> zstd_;
  std::optional<AdaptiveDecoder> adaptive_;
};

}  // namespace verge::delta
