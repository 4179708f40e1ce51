// The codecs by number, and sets of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace verge::format::encoding {

// The numbers are part of the .vg format: append only. docs/formats/vg.md describes the bytes of each.
enum class Codec : uint8_t {
  kRaw = 0,
  kHalf = 1,
  kBfloat = 2,
  kNibble = 3,
  kCodeBook = 4,
  kBits = 5,
  kSparse = 6,
  kPlanes = 7,
  kRans = 8,
};
inline constexpr size_t kCodecs = 9;

using CodecSet = uint32_t;  // bit i: codec i

template <typename... Codecs>
constexpr CodecSet SetOf(Codecs... codecs) {
  return (CodecSet{0} | ... | (CodecSet{1} << static_cast<unsigned>(codecs)));
}
constexpr bool Has(CodecSet set, Codec codec) { return (set & SetOf(codec)) != 0; }

inline constexpr CodecSet kEveryCodec = (CodecSet{1} << kCodecs) - 1;

// What may stand inside each codec, beside plain bytes. No codec comes back to itself, so nesting ends by itself.
inline constexpr CodecSet kInHalf = SetOf(Codec::kPlanes);
inline constexpr CodecSet kInNibble = SetOf(Codec::kRans);
inline constexpr CodecSet kInCodeBook = SetOf(Codec::kBits, Codec::kRans);
inline constexpr CodecSet kInSparseMask = SetOf(Codec::kRans);
inline constexpr CodecSet kInSparseValues =
    SetOf(Codec::kHalf, Codec::kBfloat, Codec::kNibble, Codec::kCodeBook, Codec::kBits, Codec::kPlanes, Codec::kRans);
inline constexpr CodecSet kInPlanes = SetOf(Codec::kRans);

}  // namespace verge::format::encoding
