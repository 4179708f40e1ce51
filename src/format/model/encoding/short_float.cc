// f32 in two bytes each, where nothing is lost: `half` (IEEE 754 binary16) and `bfloat` (the upper half of the f32).
//
// Payload   a block of as many 2-byte elements
#include <bit>

#include "base/tensor.h"
#include "format/model/aligned_bytes.h"
#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

struct Half {
  static uint16_t Shorten(uint32_t bits) { return FloatToHalf(std::bit_cast<float>(bits)); }
  // As HalfToFloat, with normal numbers inline: they are nearly all there are.
  static uint32_t Widen(uint16_t bits) {
    const uint32_t exponent = (bits >> 10) & 0x1fU;
    if (exponent == 0 || exponent == 31) return std::bit_cast<uint32_t>(HalfToFloat(bits));
    return static_cast<uint32_t>(bits & 0x8000U) << 16 | (((bits & 0x7fffU) << 13) + (112U << 23));
  }
};

struct Bfloat {
  static uint16_t Shorten(uint32_t bits) { return static_cast<uint16_t>(bits >> 16); }
  static uint32_t Widen(uint16_t bits) { return static_cast<uint32_t>(bits) << 16; }
};

template <typename Float>
std::optional<Bytes> Encode(const Elements& elements, const Encoder& encoder) {
  if (elements.kind != Kind::kF32) return std::nullopt;
  Bytes halves(elements.bytes.size() / 2);
  for (size_t i = 0; i < elements.count(); ++i) {
    const auto bits = LoadAt<uint32_t>(elements.bytes, i);
    const uint16_t half = Float::Shorten(bits);
    if (Float::Widen(half) != bits) return std::nullopt;
    StoreAt(halves, i, half);
  }
  return encoder.Smallest({halves, 2, Kind::kOther}, kInHalf);
}

template <typename Float>
Status Decode(std::span<const std::byte> payload, const Target& target) {
  if (target.width != 4) return Malformed("short floats in a constant that is not f32");
  VERGE_TRY_ASSIGN(AlignedBytes halves, AlignedBytes::Allocate(target.bytes.size() / 2));
  VERGE_TRY(DecodeBlock(payload, kInHalf, {halves.bytes(), 2}));
  for (size_t i = 0; i < target.count(); ++i) {
    StoreAt(target.bytes, i, Float::Widen(LoadAt<uint16_t>(halves.bytes(), i)));
  }
  return Status::Ok();
}

}  // namespace

extern const CodecDef kHalfCodec;
constinit const CodecDef kHalfCodec = {"half", Encode<Half>, Decode<Half>};
extern const CodecDef kBfloatCodec;
constinit const CodecDef kBfloatCodec = {"bfloat", Encode<Bfloat>, Decode<Bfloat>};

}  // namespace verge::format::encoding
