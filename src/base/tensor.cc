#include "base/tensor.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace verge {
namespace {

struct DTypeRow {
  const char* name;
  size_t bytes;
};
constexpr std::array<DTypeRow, kDTypeCount> kDTypes = {{
    {"f32", 4},
    {"f16", 2},
    {"bf16", 2},
    {"i8", 1},
    {"u8", 1},
    {"i16", 2},
    {"i32", 4},
    {"i64", 8},
    {"bool", 1},
    {"f64", 8},
    {"u16", 2},
    {"u32", 4},
    {"u64", 8},
}};

}  // namespace

const char* DTypeName(DType dtype) { return kDTypes[static_cast<size_t>(dtype)].name; }
size_t DTypeBytes(DType dtype) { return kDTypes[static_cast<size_t>(dtype)].bytes; }

std::optional<DType> ParseDType(std::string_view name) {
  for (size_t i = 0; i < kDTypes.size(); ++i) {
    if (name == kDTypes[i].name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::optional<Shape> Shape::FromSpan(std::span<const int64_t> dims) {
  if (dims.size() > kMaxRank) return std::nullopt;
  Shape shape;
  for (const int64_t d : dims) {
    if (d < 0) return std::nullopt;
    shape.dims_[static_cast<size_t>(shape.rank_++)] = d;
  }
  return shape;
}

std::optional<size_t> Shape::CheckedElems() const {
  size_t total = 1;
  for (const int64_t d : dims()) {
    if (d < 0 || static_cast<uint64_t>(d) > SIZE_MAX) return std::nullopt;
    const std::optional<size_t> next = CheckedMul(total, static_cast<size_t>(d));
    if (!next) return std::nullopt;
    total = *next;
  }
  return total;
}

size_t Shape::elems() const {
  size_t total = 1;
  for (const int64_t d : dims()) total *= static_cast<size_t>(d);
  return total;
}

std::string ToString(const Shape& shape) {
  std::string out = "[";
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != 0) out += ", ";
    out += std::to_string(shape[i]);
  }
  return out + "]";
}

std::optional<size_t> TensorType::CheckedBytes() const {
  const std::optional<size_t> elems = shape.CheckedElems();
  if (!elems) return std::nullopt;
  return CheckedMul(*elems, DTypeBytes(dtype));
}

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fu;
  const uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

uint16_t FloatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds to 65536 or more
  if (magnitude < 0x38800000u) {                                               // subnormal half: a multiple of 2^-24
    const float scaled = std::bit_cast<float>(magnitude) * 16777216.0f;
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(scaled)));
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

}  // namespace verge
