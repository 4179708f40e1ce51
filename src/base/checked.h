// Arithmetic on sizes that reports overflow instead of wrapping. Every size computed from foreign numbers goes
// through these before a pointer is formed.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace verge {

template <std::integral T>
constexpr std::optional<T> CheckedAdd(T a, T b) {
  T out{};
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}

template <std::integral T>
constexpr std::optional<T> CheckedMul(T a, T b) {
  T out{};
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

// Rounds up to a power-of-two `alignment`; empty on overflow.
constexpr std::optional<size_t> CheckedAlignUp(size_t value, size_t alignment) {
  const std::optional<size_t> sum = CheckedAdd(value, alignment - 1);
  if (!sum) return std::nullopt;
  return *sum & ~(alignment - 1);
}

// True when [offset, offset + size) lies within [0, limit).
constexpr bool RangeFits(uint64_t offset, uint64_t size, uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

}  // namespace verge
