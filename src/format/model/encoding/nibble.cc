// i8 from -8 to 7, two a byte: element 2i in the lower four bits of byte i, two's complement.
//
// Payload   a block of (count + 1) / 2 bytes; the upper half of the last is zero when the count is odd
#include "format/model/aligned_bytes.h"
#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

std::optional<Bytes> Encode(const Elements& elements, const Encoder& encoder) {
  if (elements.kind != Kind::kI8) return std::nullopt;
  Bytes pairs((elements.count() + 1) / 2);
  for (size_t i = 0; i < elements.count(); ++i) {
    const auto value = LoadAt<int8_t>(elements.bytes, i);
    if (value < -8 || value > 7) return std::nullopt;
    pairs[i / 2] |= static_cast<std::byte>((static_cast<unsigned>(value) & 15U) << (i % 2 * 4));
  }
  return encoder.Smallest({pairs, 1, Kind::kOther}, kInNibble);
}

Status Decode(std::span<const std::byte> payload, const Target& target) {
  if (target.width != 1) return Malformed("nibbles in a constant of another width");
  const size_t count = target.count();
  VERGE_TRY_ASSIGN(AlignedBytes pairs, AlignedBytes::Allocate((count + 1) / 2));
  VERGE_TRY(DecodeBlock(payload, kInNibble, {pairs.bytes(), 1}));
  for (size_t i = 0; i < count; ++i) {
    const unsigned bits = static_cast<unsigned>(pairs.bytes()[i / 2]) >> (i % 2 * 4) & 15U;
    target.bytes[i] = static_cast<std::byte>((bits ^ 8U) - 8U);
  }
  if (count % 2 != 0 && static_cast<unsigned>(pairs.bytes()[count / 2]) >> 4 != 0) {
    return Malformed("a nibble behind the last");
  }
  return Status::Ok();
}

}  // namespace

extern const CodecDef kNibbleCodec;
constinit const CodecDef kNibbleCodec = {"nibble", Encode, Decode};

}  // namespace verge::format::encoding
