// Bytes by their frequency, each in close to log2(total / frequency) bits: range asymmetric numeral systems (J. Duda,
// "Asymmetric numeral systems: entropy coding combining speed of Huffman coding with compression rate of arithmetic
// coding", arXiv:1311.2540), with eight states in turn, so that a processor works on several bytes at once.
//
// With frequencies f(s) that sum to 4096 and c(s) the sum of those below s, a state x in [2^16, 2^32) takes in a byte s
// by
//   x' = floor(x / f(s)) * 4096 + c(s) + x mod f(s)
// after x was brought below f(s) * 2^20 by moving its lower 16 bits out. Reading undoes this: s is the byte whose range
// has x' mod 4096, x = f(s) * floor(x' / 4096) + x' mod 4096 - c(s), and 16 bits come in when x is below 2^16. Byte i
// belongs to state i mod 8. Writing goes from the last byte to the first, so reading starts with the first.
//
// Payload   u8 number of different bytes - 1; up to 32 of them: the bytes, ascending; else: 32 bytes, bit b % 8 of byte
//           b / 8 says that byte b is there; for each its frequency - 1, in one byte below 128, or in two: 128 + the
//           lower seven bits, then the upper five, not zero
//           8 x u32 states; then 16-bit words in the order in which they come in
// Checked   frequencies sum to 4096, states are at least 2^16; at the end every word was read and all states are 2^16,
//           with which writing began
#include <algorithm>
#include <array>
#include <bit>

#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

constexpr unsigned kScaleBits = 12;
constexpr uint32_t kScale = 1U << kScaleBits;
constexpr uint32_t kLow = 1U << 16;
constexpr size_t kStates = 8;
constexpr size_t kListed = 32;

using Frequencies = std::array<uint32_t, 256>;

// Whether count / frequency of i is above that of j, without division.
bool IsAbove(uint64_t count_i, uint32_t frequency_i, uint64_t count_j, uint32_t frequency_j) {
  return count_i * frequency_j > count_j * frequency_i;
}

// Frequencies of `counts`, whose sum is `total`, for a sum of 4096: shares rounded down but at least 1, and then one by
// one what costs least (or gains most), the first byte on a tie.
Frequencies Scaled(const std::array<uint64_t, 256>& counts, uint64_t total) {
  Frequencies f{};
  uint32_t sum = 0;
  for (size_t s = 0; s < 256; ++s) {
    if (counts[s] == 0) continue;
    f[s] = std::max<uint32_t>(1, static_cast<uint32_t>(counts[s] * kScale / total));
    sum += f[s];
  }
  for (; sum < kScale; ++sum) {
    size_t best = 256;
    for (size_t s = 0; s < 256; ++s) {
      if (f[s] > 0 && (best == 256 || IsAbove(counts[s], f[s], counts[best], f[best]))) best = s;
    }
    ++f[best];
  }
  for (; sum > kScale; --sum) {
    size_t best = 256;
    for (size_t s = 0; s < 256; ++s) {
      if (f[s] > 1 && (best == 256 || IsAbove(counts[best], f[best] - 1, counts[s], f[s] - 1))) best = s;
    }
    --f[best];
  }
  return f;
}

void WriteFrequencies(const Frequencies& f, Bytes& out) {
  Bytes present;
  std::array<std::byte, 32> bits{};
  for (size_t s = 0; s < 256; ++s) {
    if (f[s] == 0) continue;
    present.push_back(static_cast<std::byte>(s));
    bits[s / 8] |= static_cast<std::byte>(1U << (s % 8));
  }
  out.push_back(static_cast<std::byte>(present.size() - 1));
  if (present.size() <= kListed) {
    Append(present, out);
  } else {
    Append(bits, out);
  }
  for (const std::byte s : present) {
    const uint32_t less = f[static_cast<size_t>(s)] - 1;
    out.push_back(static_cast<std::byte>(less < 128 ? less : 128 + (less & 127U)));
    if (less >= 128) out.push_back(static_cast<std::byte>(less >> 7));
  }
}

std::optional<Bytes> Encode(const Elements& elements, const Encoder& /*encoder*/) {
  const std::span<const std::byte> bytes = elements.bytes;
  // The sum of counts times 4096 must not overflow.
  if (elements.width != 1 || bytes.empty() || bytes.size() >= uint64_t{1} << 50) return std::nullopt;
  std::array<uint64_t, 256> counts{};
  for (const std::byte b : bytes) ++counts[static_cast<size_t>(b)];
  const Frequencies f = Scaled(counts, bytes.size());
  std::array<uint32_t, 256> start{};
  for (size_t s = 1; s < 256; ++s) start[s] = start[s - 1] + f[s - 1];

  std::array<uint32_t, kStates> x;
  x.fill(kLow);
  std::vector<uint16_t> words;
  for (size_t i = bytes.size(); i-- > 0;) {
    const auto s = static_cast<size_t>(bytes[i]);
    uint32_t& state = x[i % kStates];
    if (state >= static_cast<uint64_t>(f[s]) << (32 - kScaleBits)) {
      words.push_back(static_cast<uint16_t>(state));
      state >>= 16;
    }
    state = (state / f[s] << kScaleBits) + start[s] + state % f[s];
  }
  std::reverse(words.begin(), words.end());
  Bytes out;
  WriteFrequencies(f, out);
  Append(std::as_bytes(std::span(x)), out);
  Append(std::as_bytes(std::span(words)), out);
  return out;
}

// For each value of x mod 4096: the byte, its frequency - 1 in bits 8 to 19, x mod 4096 - c(byte) in bits 20 to 31.
using Slots = std::array<uint32_t, kScale>;

Result<Frequencies> ReadFrequencies(PayloadReader& reader) {
  VERGE_TRY_ASSIGN(const std::span<const std::byte> head, reader.Take(1));
  const size_t count = static_cast<size_t>(head[0]) + 1;
  std::array<bool, 256> is_present{};
  VERGE_TRY_ASSIGN(const std::span<const std::byte> listed, reader.Take(count <= kListed ? count : 32));
  if (count <= kListed) {
    for (size_t i = 0; i < count; ++i) {
      if (i > 0 && listed[i] <= listed[i - 1]) return Malformed("bytes of a frequency table out of order");
      is_present[static_cast<size_t>(listed[i])] = true;
    }
  } else {
    size_t present = 0;
    for (size_t s = 0; s < 256; ++s) {
      is_present[s] = (static_cast<unsigned>(listed[s / 8]) >> (s % 8) & 1U) != 0;
      present += is_present[s] ? 1 : 0;
    }
    if (present != count) return Malformed("a frequency table of another length");
  }
  Frequencies f{};
  uint32_t sum = 0;
  for (size_t s = 0; s < 256; ++s) {
    if (!is_present[s]) continue;
    VERGE_TRY_ASSIGN(const std::span<const std::byte> low, reader.Take(1));
    uint32_t less = static_cast<uint32_t>(low[0]);
    if (less >= 128) {
      VERGE_TRY_ASSIGN(const std::span<const std::byte> high, reader.Take(1));
      const auto upper = static_cast<uint32_t>(high[0]);
      if (upper == 0 || upper > 31) return Malformed("a frequency that is out of range");
      less = (less & 127U) | upper << 7;
    }
    f[s] = less + 1;
    sum += f[s];
  }
  if (sum != kScale) return Malformed("frequencies that do not sum to 4096");
  return f;
}

void FillSlots(const Frequencies& f, Slots& slots) {
  uint32_t at = 0;
  for (uint32_t s = 0; s < 256; ++s) {
    for (uint32_t i = 0; i < f[s]; ++i) slots[at++] = s | (f[s] - 1) << 8 | i << 20;
  }
}

// Takes the next byte out of a state, which may then be below 2^16.
inline std::byte Step(const Slots& slots, uint32_t& x) {
  const uint32_t slot = slots[x & (kScale - 1)];
  x = ((slot >> 8 & (kScale - 1)) + 1) * (x >> kScaleBits) + (slot >> 20);
  return static_cast<std::byte>(slot & 255U);
}

// All states at once, as long as words cannot run out; returns how many bytes were made. `words` loses what was read.
size_t DecodeGroups(const Slots& slots, std::array<uint32_t, kStates>& states, std::span<const std::byte>& words,
                    std::span<std::byte> out) {
  std::array<uint32_t, kStates> x = states;
  const std::byte* p = words.data();
  const std::byte* const end = p + words.size();
  size_t i = 0;
  for (; i + kStates <= out.size() && static_cast<size_t>(end - p) >= kStates * 2; i += kStates) {
#pragma GCC unroll 8
    for (size_t k = 0; k < kStates; ++k) {
      out[i + k] = Step(slots, x[k]);
      uint16_t word;
      std::memcpy(&word, p, sizeof(word));
      // Without a branch, which nothing could predict.
      const uint32_t is_low = x[k] < kLow ? 1 : 0;
      x[k] = x[k] << (is_low * 16) | (word & (0U - is_low));
      p += is_low * 2;
    }
  }
  states = x;
  words = {p, end};
  return i;
}

Status Decode(std::span<const std::byte> payload, const Target& target) {
  if (target.width != 1) return Malformed("coded bytes in elements of another width");
  PayloadReader reader(payload);
  VERGE_TRY_ASSIGN(const Frequencies f, ReadFrequencies(reader));
  std::array<uint32_t, kStates> x;
  VERGE_TRY_ASSIGN(const std::span<const std::byte> states, reader.Take(sizeof(x)));
  std::memcpy(x.data(), states.data(), sizeof(x));
  for (const uint32_t state : x) {
    if (state < kLow) return Malformed("a state that is too small");
  }
  Slots slots;
  FillSlots(f, slots);
  std::span<const std::byte> words = reader.Rest();
  for (size_t i = DecodeGroups(slots, x, words, target.bytes); i < target.bytes.size(); ++i) {
    uint32_t& state = x[i % kStates];
    target.bytes[i] = Step(slots, state);
    if (state >= kLow) continue;
    if (words.size() < 2) return Malformed("coded bytes end too early");
    state = state << 16 | LoadAt<uint16_t>(words, 0);
    words = words.subspan(2);
  }
  if (!words.empty()) return Malformed("coded bytes behind the last");
  for (const uint32_t state : x) {
    if (state != kLow) return Malformed("coded bytes that do not end where they began");
  }
  return Status::Ok();
}

}  // namespace

extern const CodecDef kRansCodec;
constinit const CodecDef kRansCodec = {"rans", Encode, Decode};

}  // namespace verge::format::encoding
