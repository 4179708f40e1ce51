// The types every layer uses to talk about tensors: element type, shape, quantisation, and a view of the data.
// Plain values without heap: the runtime on the smallest device uses the same ones as the compiler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/checked.h"

namespace verge {

// The numbers are part of the .vg format: append only.
enum class DType : uint8_t {
  kF32 = 0,
  kF16 = 1,
  kBF16 = 2,
  kI8 = 3,
  kU8 = 4,
  kI16 = 5,
  kI32 = 6,
  kI64 = 7,
  kBool = 8,  // one byte, 0 or 1
  kF64 = 9,
  kU16 = 10,
  kU32 = 11,
  kU64 = 12,
};
inline constexpr int kDTypeCount = 13;

// "f32", "i8", ... as in the IR's text form.
const char* DTypeName(DType dtype);
std::optional<DType> ParseDType(std::string_view name);
// Bytes of one element.
size_t DTypeBytes(DType dtype);

// Up to 8 dimensions, outermost first (NHWC for images). Rank 0 is a scalar of one element.
// A dimension is >= 0 in every verified graph.
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  constexpr Shape() = default;
  // More than kMaxRank dimensions are a bug of the caller: check with FromSpan when the numbers are foreign.
  constexpr Shape(std::initializer_list<int64_t> dims) {
    for (const int64_t d : dims) dims_[static_cast<size_t>(rank_++)] = d;
  }
  // Empty when there are more than kMaxRank dimensions or a negative one.
  static std::optional<Shape> FromSpan(std::span<const int64_t> dims);

  constexpr int rank() const { return rank_; }
  constexpr int64_t operator[](int i) const { return dims_[static_cast<size_t>(i)]; }
  constexpr void set(int i, int64_t d) { dims_[static_cast<size_t>(i)] = d; }
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  // Product of the dimensions; empty when it overflows or a dimension is negative.
  std::optional<size_t> CheckedElems() const;
  // The same for shapes that were verified already.
  size_t elems() const;

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

// "[1, 300, 300, 3]"
std::string ToString(const Shape& shape);

// real = scale * (q - zero_point). No scales: not quantised. One: the whole tensor. Several: one an index of `axis`.
// Borrows: the owner (graph, or loaded model) outlives it.
struct QuantView {
  std::span<const float> scales;
  std::span<const int32_t> zero_points;  // as many as scales
  int axis = 0;
  bool is_quantised() const { return !scales.empty(); }
};

// What is known of a tensor before its data: the subject of shape rules.
struct TensorType {
  DType dtype = DType::kF32;
  Shape shape;
  QuantView quant;
  // Bytes of the whole tensor; empty on overflow.
  std::optional<size_t> CheckedBytes() const;
};

// A view of a tensor's data. Borrows; row-major, densely packed, 64-byte aligned unless said otherwise.
struct Tensor {
  TensorType type;
  void* data = nullptr;

  template <typename T>
  T* as() const {
    return static_cast<T*>(data);
  }
  const Shape& shape() const { return type.shape; }
  DType dtype() const { return type.dtype; }
};

// IEEE 754 binary16 <-> binary32, round to nearest even, NaN stays NaN, subnormals kept.
float HalfToFloat(uint16_t half);
uint16_t FloatToHalf(float value);

}  // namespace verge
