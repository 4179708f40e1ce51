// One C++ type an element type, and a switch from a DType to code compiled for it; for reference kernels.
//
//   Dispatch(x.dtype(), [&]<typename T>() { Run<T>(args); });
//
// f16 and bf16 are Half and BFloat: they convert to float and back, rounding to nearest even, so that plain code
// computes in f32 and stores the rounded result. bool is Flag, one byte that is 0 or 1.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

#include "base/tensor.h"

namespace verge::ops {

struct Half {
  uint16_t bits = 0;
  Half() = default;
  template <typename T>
    requires std::is_arithmetic_v<T>
  explicit Half(T v) : bits(FloatToHalf(static_cast<float>(v))) {}
  operator float() const { return HalfToFloat(bits); }  // NOLINT(google-explicit-constructor)
};

struct BFloat {
  uint16_t bits = 0;
  BFloat() = default;
  template <typename T>
    requires std::is_arithmetic_v<T>
  explicit BFloat(T v) : bits(Round(static_cast<float>(v))) {}
  operator float() const {  // NOLINT(google-explicit-constructor)
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }

 private:
  static uint16_t Round(float v) {
    const uint32_t u = std::bit_cast<uint32_t>(v);
    if (std::isnan(v)) return static_cast<uint16_t>((u >> 16) | 0x40u);
    return static_cast<uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
  }
};

struct Flag {
  uint8_t byte = 0;
  Flag() = default;
  template <typename T>
    requires std::is_arithmetic_v<T>
  explicit Flag(T v) : byte(v != T(0) ? 1 : 0) {}
  operator bool() const { return byte != 0; }  // NOLINT(google-explicit-constructor)
};

// The type in which an element is computed with: float for Half and BFloat, T itself elsewhere.
template <typename T>
using Compute = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat>, float,
                                   std::conditional_t<std::is_same_v<T, Flag>, bool, T>>;

template <typename T>
inline constexpr bool kIsFloat = std::is_floating_point_v<Compute<T>>;

// Calls f.operator()<T>() for the element type `dtype`.
template <typename F>
void Dispatch(DType dtype, F f) {
  switch (dtype) {
    case DType::kF32: return f.template operator()<float>();
    case DType::kF16: return f.template operator()<Half>();
    case DType::kBF16: return f.template operator()<BFloat>();
    case DType::kI8: return f.template operator()<int8_t>();
    case DType::kU8: return f.template operator()<uint8_t>();
    case DType::kI16: return f.template operator()<int16_t>();
    case DType::kI32: return f.template operator()<int32_t>();
    case DType::kI64: return f.template operator()<int64_t>();
    case DType::kBool: return f.template operator()<Flag>();
    case DType::kF64: return f.template operator()<double>();
    case DType::kU16: return f.template operator()<uint16_t>();
    case DType::kU32: return f.template operator()<uint32_t>();
    case DType::kU64: return f.template operator()<uint64_t>();
  }
}

// The same over an unsigned integer as wide as an element, for ops that only move data.
template <typename F>
void DispatchBytes(DType dtype, F f) {
  switch (DTypeBytes(dtype)) {
    case 1: return f.template operator()<uint8_t>();
    case 2: return f.template operator()<uint16_t>();
    case 4: return f.template operator()<uint32_t>();
    default: return f.template operator()<uint64_t>();
  }
}

constexpr bool IsFloatDType(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kF64;
}

// A whole number of an i32 or i64 tensor.
inline int64_t IntAt(DType dtype, const void* data, size_t i) {
  return dtype == DType::kI32 ? static_cast<const int32_t*>(data)[i] : static_cast<const int64_t*>(data)[i];
}
inline int64_t IntAt(const Tensor& t, size_t i) { return IntAt(t.dtype(), t.data, i); }

}  // namespace verge::ops
