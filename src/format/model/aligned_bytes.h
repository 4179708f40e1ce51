// Bytes on the heap that start at a multiple of 64, as a .vg file in memory must. Zero-filled at first.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/status.h"

namespace verge::format {

class AlignedBytes {
 public:
  AlignedBytes() = default;
  // kResourceExhausted when there is no memory.
  static Result<AlignedBytes> Allocate(size_t bytes);
  static Result<AlignedBytes> CopyOf(std::span<const std::byte> bytes);

  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  std::span<std::byte> bytes() { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

}  // namespace verge::format
