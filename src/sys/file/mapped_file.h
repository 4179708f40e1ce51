// A read-only memory map of a whole file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/status.h"

namespace verge::sys {

// The view stays valid as long as this object, wherever it is moved to. The file must not shrink meanwhile.
class MappedFile {
 public:
  // An empty file maps to an empty view.
  static Result<MappedFile> Open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // Gives back the memory of the whole pages inside `part`; reading them again reads the file. Other memory than this
  // file's is left alone.
  void Drop(std::span<const std::byte> part) const;

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  MappedFile(void* data, size_t size) : data_(data), size_(size) {}

  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace verge::sys
