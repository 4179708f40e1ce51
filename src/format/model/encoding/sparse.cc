// Elements of which many are zero (all bits): which are not, and those.
//
// Payload   with its length before it, a block of (count + 7) / 8 bytes whose bit i % 8 of byte i / 8 says that element
// i
//           is not zero (bits behind the last element are zero); then a block of the elements that are not
#include <bit>

#include "format/model/aligned_bytes.h"
#include "format/model/encoding/codec.h"

namespace verge::format::encoding {
namespace {

template <typename T>
std::optional<Bytes> EncodeAs(const Elements& elements, const Encoder& encoder) {
  const size_t count = elements.count();
  size_t zeros = 0;
  for (size_t i = 0; i < count; ++i) zeros += LoadAt<T>(elements.bytes, i) == 0 ? 1 : 0;
  Bytes mask((count + 7) / 8);
  if (zeros * sizeof(T) <= mask.size()) return std::nullopt;
  Bytes values;
  values.reserve((count - zeros) * sizeof(T));
  for (size_t i = 0; i < count; ++i) {
    if (LoadAt<T>(elements.bytes, i) == 0) continue;
    mask[i / 8] |= static_cast<std::byte>(1U << (i % 8));
    Append(elements.bytes.subspan(i * sizeof(T), sizeof(T)), values);
  }
  Bytes out;
  AppendBlock(encoder.Smallest({mask, 1, Kind::kOther}, kInSparseMask), out);
  Append(encoder.Smallest({values, sizeof(T), elements.kind}, kInSparseValues), out);
  return out;
}

std::optional<Bytes> Encode(const Elements& elements, const Encoder& encoder) {
  std::optional<Bytes> out;
  DispatchWidth(elements.width, [&]<typename T>() { out = EncodeAs<T>(elements, encoder); });
  return out;
}

size_t CountBits(std::span<const std::byte> mask) {
  size_t count = 0;
  for (const std::byte b : mask) count += static_cast<size_t>(std::popcount(static_cast<uint8_t>(b)));
  return count;
}

// `values` has as many elements as `mask` has bits.
template <typename T>
void Scatter(std::span<const std::byte> mask, std::span<const std::byte> values, std::span<std::byte> out) {
  std::memset(out.data(), 0, out.size());
  size_t next = 0;
  for (size_t i = 0; i < mask.size(); ++i) {
    for (auto left = static_cast<unsigned>(mask[i]); left != 0; left &= left - 1) {
      StoreAt(out, i * 8 + static_cast<size_t>(std::countr_zero(left)), LoadAt<T>(values, next++));
    }
  }
}

Status Decode(std::span<const std::byte> payload, const Target& target) {
  const size_t count = target.count();
  PayloadReader reader(payload);
  VERGE_TRY_ASSIGN(const std::span<const std::byte> mask_block, reader.TakeBlock());
  VERGE_TRY_ASSIGN(AlignedBytes mask, AlignedBytes::Allocate((count + 7) / 8));
  VERGE_TRY(DecodeBlock(mask_block, kInSparseMask, {mask.bytes(), 1}));
  if (count % 8 != 0 && static_cast<unsigned>(mask.bytes().back()) >> (count % 8) != 0) {
    return Malformed("a sparse element behind the last");
  }
  VERGE_TRY_ASSIGN(AlignedBytes values, AlignedBytes::Allocate(CountBits(mask.bytes()) * target.width));
  VERGE_TRY(DecodeBlock(reader.Rest(), kInSparseValues, {values.bytes(), target.width}));
  if (count == 0) return Status::Ok();
  const bool is_known =
      DispatchWidth(target.width, [&]<typename T>() { Scatter<T>(mask.bytes(), values.bytes(), target.bytes); });
  return is_known ? Status::Ok() : Malformed("sparse elements of another width");
}

}  // namespace

extern const CodecDef kSparseCodec;
constinit const CodecDef kSparseCodec = {"sparse", Encode, Decode};

}  // namespace verge::format::encoding
