// A recording of what elements gave, to be played again in their place. docs/formats/recording.md describes the bytes.
//
// Write     RecordingWriter is the tap of a running pipeline; Finish makes the file whole. It is written as the
//           pipeline runs, so a run that dies leaves a file that Open calls cut off.
// Read      Recording::Open checks every record of the file once; what Cursor gives needs no further checks. It borrows
//           the bytes.
// Limits    kMaxStreams streams, kMaxRecordBytes a record; pictures as media/image.h.
// Errors    kDataLoss for bytes that are no recording, damaged or cut off; kUnsupported for a later version.
// Threads   one at a time for the writer; a Recording is immutable, a Cursor belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "runner/pipeline/packet.h"
#include "runner/pipeline/packet_tap.h"
#include "runner/pipeline/port.h"
#include "sys/file/output_file.h"

namespace verge::runner::pipeline {

inline constexpr size_t kMaxStreams = 64;
inline constexpr size_t kMaxRecordBytes = size_t{256} << 20;

struct RecordedStream {
  std::string id;  // of the element that gave it
  Port port;
};

// Frames, samples, objects and tracks can be recorded; tensors and firings follow from them.
bool IsRecordable(PortKind kind);

class RecordingWriter final : public PacketTap {
 public:
  // `start_ms`: wall time of media time 0.
  static Result<std::unique_ptr<RecordingWriter>> Create(const std::string& path, int64_t start_ms);
  // Once, before the first packet.
  Status Begin(std::vector<RecordedStream> streams);
  Status Take(const std::string& element, const Packet& packet) override;
  Status Finish();
  uint64_t packets() const { return packets_; }

 private:
  explicit RecordingWriter(sys::OutputFile file) : file_(std::move(file)) {}
  Status Write(const std::string& record);

  sys::OutputFile file_;
  std::vector<RecordedStream> streams_;
  uint64_t packets_ = 0;
};

class Recording {
 public:
  static Result<Recording> Open(std::span<const std::byte> bytes);

  const std::vector<RecordedStream>& streams() const { return streams_; }
  // Null when there is none.
  const RecordedStream* Find(std::string_view id) const;
  int64_t start_ms() const { return start_ms_; }
  uint64_t packets() const { return packets_; }

  // The packets of one stream, in order.
  class Cursor {
   public:
    Cursor(const Recording& recording, size_t stream) : recording_(&recording), stream_(stream) {}
    // False at the end.
    Result<bool> Next(Packet& packet);

   private:
    const Recording* recording_;
    size_t stream_;
    size_t at_ = 0;
  };
  // `id` is one of streams().
  Cursor Read(std::string_view id) const;

 private:
  // Each record's place in bytes_, and its stream.
  struct Entry {
    size_t stream;
    size_t offset;
    size_t size;
  };

  std::span<const std::byte> bytes_;
  std::vector<RecordedStream> streams_;
  std::vector<Entry> entries_;
  int64_t start_ms_ = 0;
  uint64_t packets_ = 0;
};

}  // namespace verge::runner::pipeline
