// A tensor that owns its bytes: what files are read into and written from. 64-byte aligned, zero-filled at first.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/status.h"
#include "base/tensor.h"

namespace verge::media {

class Array {
 public:
  // More than this in one array is refused: no model input or output comes near it.
  static constexpr size_t kMaxBytes = size_t{1} << 31;

  Array() = default;  // f32 scalar without data
  // kResourceExhausted above kMaxBytes or when there is no memory.
  static Result<Array> Allocate(DType dtype, const Shape& shape);

  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  std::span<std::byte> bytes() { return {data_.get(), size_}; }
  // Borrows; valid while the array lives (moving the array keeps it valid).
  Tensor tensor() const { return {type_, data_.get()}; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  TensorType type_;
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

}  // namespace verge::media
