// Bytes below 2^b in b bits each, b from 1 to 7: element i in bits i * b to i * b + b - 1, counted from the lowest bit
// of the first byte.
//
// Payload   u8 b, then (count * b + 7) / 8 bytes; bits behind the last element are zero
#include <algorithm>
#include <bit>

#include "base/checked.h"
#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

std::optional<Bytes> Encode(const Elements& elements, const Encoder& /*encoder*/) {
  if (elements.width != 1 || elements.bytes.empty()) return std::nullopt;
  const auto largest = static_cast<unsigned>(*std::max_element(elements.bytes.begin(), elements.bytes.end()));
  const size_t b = std::max<size_t>(1, static_cast<size_t>(std::bit_width(largest)));
  if (b > 7) return std::nullopt;
  Bytes out{static_cast<std::byte>(b)};
  uint32_t held = 0;
  size_t held_bits = 0;
  for (const std::byte value : elements.bytes) {
    held |= static_cast<uint32_t>(value) << held_bits;
    held_bits += b;
    if (held_bits < 8) continue;
    out.push_back(static_cast<std::byte>(held & 255U));
    held >>= 8;
    held_bits -= 8;
  }
  if (held_bits > 0) out.push_back(static_cast<std::byte>(held));
  return out;
}

// Groups of eight elements are b whole bytes.
void Unpack(std::span<const std::byte> packed, size_t b, std::span<std::byte> out) {
  const uint64_t mask = (uint64_t{1} << b) - 1;
  for (size_t i = 0; i < out.size(); i += 8) {
    uint64_t group = 0;
    std::memcpy(&group, packed.data() + i / 8 * b, std::min(b, packed.size() - i / 8 * b));
    const size_t end = std::min(i + 8, out.size());
    for (size_t j = i; j < end; ++j, group >>= b) out[j] = static_cast<std::byte>(group & mask);
  }
}

Status Decode(std::span<const std::byte> payload, const Target& target) {
  if (target.width != 1) return Malformed("packed bits in elements of another width");
  PayloadReader reader(payload);
  VERGE_TRY_ASSIGN(const std::span<const std::byte> head, reader.Take(1));
  const auto b = static_cast<size_t>(head[0]);
  if (b < 1 || b > 7) return Malformed("bits that are not 1 to 7");
  const std::optional<size_t> bits = CheckedMul(target.count(), b);
  const std::span<const std::byte> packed = reader.Rest();
  if (!bits || packed.size() != *bits / 8 + (*bits % 8 != 0 ? 1 : 0)) return Malformed("packed bits of another length");
  if (*bits % 8 != 0 && static_cast<unsigned>(packed.back()) >> (*bits % 8) != 0) {
    return Malformed("bits behind the last");
  }
  Unpack(packed, b, target.bytes);
  return Status::Ok();
}

}  // namespace

extern const CodecDef kBitsCodec;
constinit const CodecDef kBitsCodec = {"bits", Encode, Decode};

}  // namespace verge::format::encoding
