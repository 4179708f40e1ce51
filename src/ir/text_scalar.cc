#include "ir/text_scalar.h"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>

namespace verge::ir {
namespace {

template <typename T>
T Load(const std::byte* data, size_t i) {
  T value;
  std::memcpy(&value, data + i * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void Store(std::byte* data, size_t i, T value) {
  std::memcpy(data + i * sizeof(T), &value, sizeof(T));
}

template <typename T>
void Append(T value, std::string& out) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), end.ptr);
}

template <typename T>
bool Read(std::string_view text, T& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

template <typename T>
bool ReadAndStore(std::string_view text, size_t i, std::byte* data) {
  T value{};
  if (!Read(text, value)) return false;
  Store(data, i, value);
  return true;
}

}  // namespace

void PrintElement(DType dtype, const std::byte* data, size_t i, std::string& out) {
  switch (dtype) {
    case DType::kF32: return Append(Load<float>(data, i), out);
    case DType::kF64: return Append(Load<double>(data, i), out);
    case DType::kF16: return Append(HalfToFloat(Load<uint16_t>(data, i)), out);
    case DType::kBF16: return Append(Load<uint16_t>(data, i), out);  // as its bits
    case DType::kI8: return Append(static_cast<int>(Load<int8_t>(data, i)), out);
    case DType::kU8: return Append(static_cast<int>(Load<uint8_t>(data, i)), out);
    case DType::kBool: return Append(static_cast<int>(Load<uint8_t>(data, i)), out);
    case DType::kI16: return Append(Load<int16_t>(data, i), out);
    case DType::kI32: return Append(Load<int32_t>(data, i), out);
    case DType::kI64: return Append(Load<int64_t>(data, i), out);
    case DType::kU16: return Append(Load<uint16_t>(data, i), out);
    case DType::kU32: return Append(Load<uint32_t>(data, i), out);
    case DType::kU64: return Append(Load<uint64_t>(data, i), out);
  }
}

bool ParseElement(DType dtype, std::string_view text, size_t i, std::byte* data) {
  switch (dtype) {
    case DType::kF32: return ReadAndStore<float>(text, i, data);
    case DType::kF64: return ReadAndStore<double>(text, i, data);
    case DType::kF16: {
      float value = 0;
      if (!Read(text, value)) return false;
      Store(data, i, FloatToHalf(value));
      return true;
    }
    case DType::kBF16: return ReadAndStore<uint16_t>(text, i, data);
    case DType::kI8: return ReadAndStore<int8_t>(text, i, data);
    case DType::kU8: return ReadAndStore<uint8_t>(text, i, data);
    case DType::kBool: return (text == "0" || text == "1") && ReadAndStore<uint8_t>(text, i, data);
    case DType::kI16: return ReadAndStore<int16_t>(text, i, data);
    case DType::kI32: return ReadAndStore<int32_t>(text, i, data);
    case DType::kI64: return ReadAndStore<int64_t>(text, i, data);
    case DType::kU16: return ReadAndStore<uint16_t>(text, i, data);
    case DType::kU32: return ReadAndStore<uint32_t>(text, i, data);
    case DType::kU64: return ReadAndStore<uint64_t>(text, i, data);
  }
  return false;
}

bool IsFilled(const std::byte* data, size_t elems, size_t elem_bytes) {
  for (size_t i = 1; i < elems; ++i) {
    if (std::memcmp(data, data + i * elem_bytes, elem_bytes) != 0) return false;
  }
  return elems > 0;
}

}  // namespace verge::ir
