// A whole file as read-only memory, without copying it: how models are loaded.
//
// The bytes stay valid while the object lives, wherever it is moved. The file must not be shortened meanwhile (reading
// a page that is gone raises SIGBUS): callers map files that nobody rewrites, and replace files by renaming.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/status.h"

namespace verge::sys {

class MappedFile {
 public:
  // kNotFound, kPermission, kInvalidArgument (not a regular file) or kUnavailable; the message names the path.
  static Result<MappedFile> Open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // Page-aligned.
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::byte* data, size_t size) : data_(data), size_(size) {}
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace verge::sys
