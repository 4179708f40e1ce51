// A file being written piece by piece, for downloads: may go on where an earlier process stopped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sys/file/unique_fd.h"

namespace verge::sys {

class OutputFile {
 public:
  // Opens or creates `path` and positions at its end; `truncate` empties it first.
  static Result<OutputFile> Open(const std::string& path, bool truncate, unsigned mode = 0644);

  // Bytes in the file so far.
  uint64_t size_bytes() const { return size_bytes_; }
  // Appends all of `bytes`, or fails (a part may have been written).
  Status Write(std::string_view bytes);
  // Returns when the bytes are on the disk.
  Status Sync();

 private:
  OutputFile(UniqueFd fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_bytes_(size) {}

  UniqueFd fd_;
  std::string path_;
  uint64_t size_bytes_ = 0;
};

}  // namespace verge::sys
