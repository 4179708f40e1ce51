// Little-endian numbers and short texts, written and read with bounds. Internal to the recording.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace verge::runner::pipeline {

static_assert(std::endian::native == std::endian::little, "recordings are read and written as they lie in memory");

class ByteWriter {
 public:
  template <typename T>
  void Number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <typename T>
  void Numbers(std::span<const T> values) {
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  // At most 65,535 bytes are kept.
  void Text(std::string_view text) {
    text = text.substr(0, 65535);
    Number(static_cast<uint16_t>(text.size()));
    bytes_.append(text);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// After the first read beyond the end everything reads as zero and is_bad() says so.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
  T Number() {
    T value{};
    Copy(&value, sizeof value);
    return value;
  }
  template <typename T>
  void Numbers(std::span<T> values) {
    Copy(values.data(), values.size_bytes());
  }
  std::string Text() {
    std::string text(std::min<size_t>(Number<uint16_t>(), left()), '\0');
    Copy(text.data(), text.size());
    return text;
  }
  size_t left() const { return bytes_.size() - at_; }
  bool is_bad() const { return is_bad_; }
  // Read to the very end, and not beyond.
  bool is_whole() const { return !is_bad_ && left() == 0; }

 private:
  void Copy(void* to, size_t size) {
    if (is_bad_ || size > left()) {
      is_bad_ = true;
      return;
    }
    if (size > 0) std::memcpy(to, bytes_.data() + at_, size);
    at_ += size;
  }

  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  bool is_bad_ = false;
};

}  // namespace verge::runner::pipeline
