// Adaptive binary range coding of bytes that are mostly zero: differences of weights. Internal to delta.
//
// A byte is first "zero or not", by what the two bytes before it were (0, 1 or 2, larger: nine contexts), then, when it
// is not, its eight bits from the highest, by those before them and what the byte before was (three contexts).
// Each context holds two estimates of the probability of a 0, of 16 bits, that follow what was coded by 1/16 and 1/128
// of the difference; coding takes their mean. The range coder is carry-free on the reading side: 32 bits of range,
// shifted by a byte below 2^24, as in the LZMA specification.
//
// Memory    about 3 KiB. Reading past the end reads zeros: the sizes around it decide how much is read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace verge::delta {

// One binary context.
class Bit {
 public:
  // Probability of a 0 in 1/2^15, never certain.
  uint32_t p() const {
    const uint32_t mean = (uint32_t{fast_} + slow_) >> 2;
    return mean<kMin ? kMin : mean>(1U << 15) - kMin ? (1U << 15) - kMin : mean;
  }
  void Update(bool bit) {
    const uint32_t goal = bit ? 0 : 0xffff;
    fast_ = static_cast<uint16_t>(static_cast<int32_t>(fast_) + ((static_cast<int32_t>(goal) - fast_) >> 4));
    slow_ = static_cast<uint16_t>(static_cast<int32_t>(slow_) + ((static_cast<int32_t>(goal) - slow_) >> 7));
  }

 private:
  static constexpr uint32_t kMin = 32;
  uint16_t fast_ = 0x8000;
  uint16_t slow_ = 0x8000;
};

// The contexts, and which of them is next.
class ByteModel {
 public:
  Bit& zero() { return zero_[last_ * 3U + before_]; }
  Bit& tree(uint32_t node) { return tree_[last_ * 256U + node]; }
  void Update(uint8_t byte) {
    before_ = last_;
    last_ = byte == 0 ? 0 : byte <= 2 ? 1 : 2;
  }

 private:
  std::array<Bit, 9> zero_;
  std::array<Bit, 3 * 256> tree_;
  uint32_t last_ = 0;
  uint32_t before_ = 0;
};

std::string EncodeAdaptive(std::string_view bytes);

class AdaptiveDecoder {
 public:
  explicit AdaptiveDecoder(std::string_view bytes);
  void Read(std::span<char> out);

 private:
  bool ReadBit(Bit& context);
  uint8_t Next();

  std::string_view bytes_;
  size_t at_ = 0;
  uint32_t range_ = 0xffffffff;
  uint32_t code_ = 0;
  ByteModel model_;
};

}  // namespace verge::delta
