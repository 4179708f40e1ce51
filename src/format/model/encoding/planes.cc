// Elements of several bytes, byte by byte: the first bytes of all, then the second bytes... Signs and exponents of
// weights are alike and shrink well once the bits of their fractions, which do not, stand apart.
//
// Payload   one block of `count` bytes for each byte of an element, lowest first; each but the last has its length
// before
//           it
#include <utility>

#include "format/model/aligned_bytes.h"
#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

std::optional<Bytes> Encode(const Elements& elements, const Encoder& encoder) {
  const size_t width = elements.width;
  if (width < 2) return std::nullopt;
  Bytes out;
  Bytes plane(elements.count());
  for (size_t p = 0; p < width; ++p) {
    for (size_t i = 0; i < plane.size(); ++i) plane[i] = elements.bytes[i * width + p];
    const Bytes block = encoder.Smallest({plane, 1, Kind::kOther}, kInPlanes);
    if (p + 1 < width) {
      AppendBlock(block, out);
    } else {
      Append(block, out);
    }
  }
  return out;
}

// Puts `planes`, one behind the other, together again.
template <typename T>
void Interleave(std::span<const std::byte> planes, const Target& target) {
  const size_t count = target.count();
  const auto* from = reinterpret_cast<const uint8_t*>(planes.data());
  for (size_t i = 0; i < count; ++i) {
    T value = 0;
    for (size_t p = 0; p < sizeof(T); ++p)
      value = static_cast<T>(value | static_cast<T>(from[p * count + i]) << (8 * p));
    StoreAt(target.bytes, i, value);
  }
}

Status Decode(std::span<const std::byte> payload, const Target& target) {
  const size_t width = target.width;
  const size_t count = target.count();
  if (width < 2) return Malformed("planes of single bytes");
  PayloadReader reader(payload);
  VERGE_TRY_ASSIGN(AlignedBytes planes, AlignedBytes::Allocate(target.bytes.size()));
  for (size_t p = 0; p < width; ++p) {
    std::span<const std::byte> block = reader.Rest();
    if (p + 1 < width) {
      VERGE_TRY_ASSIGN(block, reader.TakeBlock());
    }
    VERGE_TRY(DecodeBlock(block, kInPlanes, {planes.bytes().subspan(p * count, count), 1}));
  }
  const bool is_known =
      DispatchWidth(width, [&]<typename T>() { Interleave<T>(std::as_const(planes).bytes(), target); });
  return is_known ? Status::Ok() : Malformed("planes of another width");
}

}  // namespace

extern const CodecDef kPlanesCodec;
constinit const CodecDef kPlanesCodec = {"planes", Encode, Decode};

}  // namespace verge::format::encoding
