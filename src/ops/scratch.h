// Parts of a kernel's scratch memory, handed out one after the other.
//
// Prepare and Run make the same calls: without memory a Scratch only counts, and its bytes() are what the kernel needs.
//
// Memory    borrowed, 64-byte aligned, and so is each part; contents are undefined until written
// Sizes     of tensors that are in memory or of about their size, so that no sum of them overflows
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

namespace verge::ops {

class Scratch {
 public:
  // Null: count only; the parts are empty then.
  explicit Scratch(std::byte* memory) : memory_(memory) {}

  template <typename T>
  std::span<T> Take(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T> && alignof(T) <= kAlignment);
    const size_t begin = bytes_;
    bytes_ += (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    if (memory_ == nullptr) return {};
    return {reinterpret_cast<T*>(memory_ + begin), count};
  }
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kAlignment = 64;
  std::byte* memory_;
  size_t bytes_ = 0;
};

}  // namespace verge::ops
